// The adversarial cases of `tests/cases/egress.json`, which every host of the
// actions can run: what may leave, by which route, and what is told of the rest.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { permits } from "../src/address.mjs";
import { bearer } from "../src/bearer.mjs";
import { CallContent } from "../src/content.mjs";
import { CallEgress } from "../src/egress.mjs";
import { nodeHttp } from "../src/http.mjs";
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

/** A call to a real server that answers before it reads a body, and one to its storage. */
async function early(t) {
  const seen = [];
  const listen = async (answered) => {
    const server = http.createServer((request, answer) => {
      const { authorization, "content-length": length, "transfer-encoding": coding, connection } = request.headers;
      seen.push([request.method, request.url, length, coding, connection, authorization].filter((it) => it !== undefined).join(" "));
      answer.writeHead(200, { "content-type": "application/json" }).end(answered());
      request.on("error", () => {});
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => { server.closeAllConnections(); server.close(); });
    return `127.0.0.1:${server.address().port}`;
  };
  const storage = await listen(() => "");
  const account = await listen(() => `{"data":{"latest_document_version":{"put_url":"http://${storage}/a"}}}`);
  const origin = parseOrigin(`http://${account}`);
  const own = nodeHttp({ maxSockets: 1 });
  t.after(() => own.close());
  const egress = new CallEgress({
    account: origin, content: new CallContent(origin), rules: new Rules(table.description, readPolicy({})), limits, userAgent: "test",
    platform: { sleep: async () => {} }, http: bearer(() => "token", own),
  });
  const send = async (method, url, headers, ...pieces) => {
    const body = (async function* () { for (const piece of pieces) yield new TextEncoder().encode(piece); })();
    try {
      const answer = await egress.send({ ...parts({ method, url, headers }), body });
      if (!(answer.body instanceof Uint8Array)) for await (const _ of answer.body);
      return undefined;
    } catch (error) {
      return error.code ?? error;
    } finally {
      // A connection is free a moment after its answer is read.
      await setTimeout(20);
    }
  };
  return { seen, send, egress, contacts: `http://${account}/api/v4/contacts.json`, documents: `http://${account}/api/v4/documents.json`, put: `http://${storage}/a` };
}
const SMUGGLED = "GET / HTTP/1.1\r\nhost: a\r\n\r\nDELETE /api/v4/matters/1.json HTTP/1.1\r\nx: ";

test("a length of the guest's swallows nothing of the next request", async (t) => {
  const { seen, send, egress, contacts, documents } = await early(t);
  const post = `POST /api/v4/documents.json ${SMUGGLED.length} keep-alive Bearer token`;
  for (let length = 150; length < 350; length += 10) {
    const headers = [["content-length", String(length)]];
    assert.equal(await send("GET", contacts, headers, "A".repeat(length)), "HTTP-request-body-size");
    assert.equal(await send("GET", contacts, headers), "HTTP-request-body-size");
    assert.equal(await send("POST", documents, [["content-length", String(SMUGGLED.length)]], SMUGGLED), undefined);
    assert.deepEqual(seen.splice(0), [post]);
  }
  assert.deepEqual(egress.failure, { kind: "request_bytes", message: "a request body is larger than 0 bytes; raise the limit if that is meant" });
  assert.equal(await send("GET", contacts, [["content-length", "0"]]), undefined);
  assert.deepEqual(seen, ["GET /api/v4/contacts.json keep-alive Bearer token"]);
});

test("a message is framed by the host alone", async (t) => {
  const { seen, send, contacts, documents, put } = await early(t);
  const framing = [["transfer-encoding", "chunked"], ["transfer_encoding", "chunked"], ["connection", "close"], ["te", "trailers"], ["trailer", "x"], ["upgrade", "h2c"], ["expect", "100-continue"], ["content_length", "3"]];
  assert.equal(await send("POST", documents, [["content-length", "0000010"], ...framing], "0123456789"), undefined);
  assert.equal(await send("POST", documents, framing, "abc"), undefined);
  assert.equal(await send("PUT", put, [["content-length", "0000010"], ...framing], "01234", "56789"), undefined);
  assert.deepEqual(seen.splice(0), ["POST /api/v4/documents.json 10 keep-alive Bearer token", "POST /api/v4/documents.json 3 keep-alive Bearer token", "PUT /a 10 keep-alive"]);
  for (const lengths of [["+10"], ["1_0"], ["10", "10"], ["10, 10"], [" 10"], ["10\n"], ["\u0661\u0660"], ["1e1"]]) {
    for (const [method, url] of [["GET", contacts], ["POST", documents], ["PUT", put]]) {
      assert.equal(await send(method, url, lengths.map((it) => ["content-length", it]), "0123456789"), "HTTP-protocol-error", lengths);
    }
  }
  assert.deepEqual(seen, []);
});

test("no capability is given a length as the guest wrote it", async () => {
  const length = ["content-length", "00"];
  for (const [method, url] of [["GET", "https://app.clio.com/api/v4/contacts.json"], ["POST", "https://app.clio.com/api/v4/documents.json"], ["GET", "https://files.example.com/a"]]) {
    const { sent: [it] } = await tried({ policy: { content_origins: ["https://files.example.com"] }, request: { method, url, headers: [length] } });
    assert.deepEqual(it.headers.filter(([name]) => name === length[0]), [], url);
    assert.equal(it.length, 0);
    assert.equal(it.body === undefined, method === "GET");
  }
});

test("a body of another length ends its request, and is never part of the next", async (t) => {
  const { seen, send, documents, put } = await early(t);
  await send("POST", documents, [], "{}");
  seen.length = 0;
  assert.equal(await send("POST", documents, [["content-length", "3"]], "abcd"), "HTTP-request-body-size");
  assert.equal(await send("POST", documents, [["content-length", "5"]], "abcd"), "HTTP-request-body-size");
  assert.deepEqual(seen, []);
  const whole = [["content-length", String(SMUGGLED.length)]];
  for (let length = 80; length < 300; length += 10) {
    // The server may have answered what it got the head of.
    await send("PUT", put, [["content-length", String(length)]], "abc");
    await send("PUT", put, [["content-length", "3"]], "abc", SMUGGLED);
    await send("PUT", put, whole, SMUGGLED);
  }
  assert.deepEqual([...new Set(seen)].filter((it) => !/^PUT \/a [0-9]+ keep-alive$/.test(it)), []);
  assert.equal(seen.filter((it) => it.startsWith(`PUT /a ${SMUGGLED.length} `)).length, 22);
});

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
