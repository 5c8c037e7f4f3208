// The adversarial cases of `tests/cases/egress.json`, which every host of the
// actions can run: what may leave, by which route, and what is told of the rest.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { permits } from "../src/address.mjs";
import { CallContent } from "../src/content.mjs";
import { CallEgress } from "../src/egress.mjs";
import { OriginError, parseOrigin } from "../src/origin.mjs";
import { readPolicy, Rules } from "../src/rules.mjs";

const table = JSON.parse(readFileSync(new URL("../../../tests/cases/egress.json", import.meta.url), "utf8"));
const limits = { requests: 500, requestBytes: 2 ** 30, responseBytes: 2 ** 30, wait: 0 };
const none = { async *[Symbol.asyncIterator]() {} };

/** A request in the parts that a guest gives. */
function parts({ method, url, headers = [] }) {
  const [, scheme, authority, path] = /^([a-z]+):\/\/([^/?]*)(.*)$/is.exec(url);
  return { method, scheme, authority, path, headers, timeouts: {}, body: none };
}

async function tried({ account = table.account, description = {}, policy = {}, named, after = [], request }) {
  const origin = parseOrigin(account);
  const content = new CallContent(origin);
  if (named) content.note({ content: { source: { url: named } } }, true);
  const sent = [];
  const answers = [...after];
  const egress = new CallEgress({
    account: origin,
    content,
    rules: new Rules({ ...table.description, ...description }, readPolicy({ allow: policy.allow, contentOrigins: policy.content_origins })),
    limits,
    platform: { sleep: async () => {} },
    userAgent: "test",
    async http(it) {
      sent.push(it);
      const { status = 200, headers = [], body } = answers.shift() ?? {};
      return { status, headers, body: body && new TextEncoder().encode(JSON.stringify(body)) };
    },
  });
  for (const { method, path } of after) await egress.send(parts({ method, url: `${account}${path}` }));
  sent.length = 0;
  const code = await egress.send(parts(request)).then(() => undefined, (error) => error.code ?? error);
  return { code, sent, denied: egress.denied, failure: egress.failure };
}

test("no two cases have one name", () => {
  const names = table.cases.map(({ name }) => name);
  assert.deepEqual(names.filter((name, n) => names.indexOf(name) !== n), []);
});

for (const it of table.cases) {
  test(it.name, async () => {
    const { code, sent, denied, failure } = await tried(it);
    const { expect } = it;
    if (expect.route) {
      assert.equal(code, undefined);
      assert.equal(sent.length, 1);
      assert.equal(sent[0].account, expect.route === "account");
      if (expect.url) assert.equal(sent[0].url, expect.url);
      if (expect.headers) assert.deepEqual(sent[0].headers.map(([name]) => name).sort(), expect.headers);
      assert.deepEqual(denied, []);
      return;
    }
    assert.deepEqual(sent, [], "it left");
    if (expect.failure) assert.equal(failure.kind, expect.failure);
    else {
      assert.equal(denied.length, 1);
      const [{ reason, rule, request }] = denied;
      if (expect.denied !== "any") assert.equal(reason, expect.denied);
      if (expect.rule) assert.equal(rule, expect.rule);
      if (expect.told) assert.equal(request, expect.told);
      assert.ok(!/[?@]|Lee/.test(request.replace(/`@`/, "")), `a query or a user is told: ${request}`);
    }
    if (expect.code) assert.equal(code, expect.code);
  });
}

test("addresses", () => {
  for (const [reach, { denied, permitted }] of Object.entries(table.addresses)) {
    assert.ok(denied.length > 0 && permitted.length > 0);
    for (const address of denied) assert.equal(permits(reach, address), false, `${reach}: ${address}`);
    for (const address of permitted) assert.equal(permits(reach, address), true, `${reach}: ${address}`);
  }
});

test("origins", () => {
  for (const [text, origin] of table.origins.taken) assert.equal(parseOrigin(text).text, origin);
  for (const text of table.origins.refused) assert.throws(() => parseOrigin(text), OriginError, text);
});

test("a policy is read strictly", () => {
  const refused = [
    { allow: ["GET contacts.json"] }, { allow: ["get /api/v4/contacts.json"] }, { allow: ["GET /api/v4/*"] }, { allow: ["GET /oauth/token"] },
    { allow: ["GET /api/v4/{id}{id}.json"] }, { allow: ["GET /a?x"] }, { content_origins: [] }, { contentOrigins: ["http://files.example.com"] },
  ];
  for (const policy of refused) assert.throws(() => readPolicy(policy), JSON.stringify(policy));
  assert.equal(readPolicy({ allow: ["GET /api/v4/contacts/{id}.json"] }).allow.length, 1);
});
