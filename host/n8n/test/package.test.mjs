// What is in the package: everything that the actions offer, and nothing that n8n
// forbids.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Clio, ClioDocumentTrigger, ClioWebhookTrigger } from "./support/n8n.mjs";

const json = async (file) => JSON.parse(await readFile(new URL(`../${file}`, import.meta.url), "utf8"));
const actions = await json("node_modules/clio-actions/dist/actions.json");
const { properties } = new Clio().description;

test("every function of every action is an operation with a field for each member", () => {
  const offered = properties.filter(({ name }) => name === "operation").flatMap(({ options }) => options);
  const functions = actions.flatMap((action) => action.functions.map((fn) => ({ ...fn, name: `${action.name}.${fn.name}` })));
  assert.deepEqual(offered.map(({ value }) => value).sort(), functions.map(({ name }) => name).sort());
  for (const { name, input } of functions) {
    const shown = properties.filter(({ displayOptions: it }) => it?.show?.operation?.includes(name));
    const all = new Set(shown.flatMap((it) => [it.name, ...(it.name === "additionalFields" ? it.options.map((one) => one.name) : [])]));
    for (const member of Object.keys(input.properties)) assert.ok(all.has(member), `${name} has no field for ${member}`);
  }
});

test("each field that is filled from a list has the list", () => {
  for (const Type of [Clio, ClioDocumentTrigger, ClioWebhookTrigger]) {
    const { description, methods } = new Type();
    const asked = JSON.stringify(description.properties).matchAll(/"searchListMethod":"([^"]+)"/g);
    for (const [, name] of asked) assert.equal(typeof methods.listSearch[name], "function", name);
  }
});

test("the package needs nothing at run time, and its files name nothing that is forbidden", async () => {
  const { dependencies, n8n, license } = await json("package.json");
  assert.equal(dependencies, undefined);
  assert.equal(license, "MIT");
  for (const file of [...n8n.nodes, ...n8n.credentials, "dist/nodes/shared/actions.js"]) {
    const text = (await readFile(new URL(`../${file}`, import.meta.url), "utf8")).replace(/"[A-Za-z0-9+/=]{1000,}"/g, '""');
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    for (const name of required) assert.ok(["n8n-workflow", "../shared/actions"].includes(name), `${file} requires ${name}`);
    for (const found of [/\bprocess\b(?!\.env\.NODE_ENV)/, /\bglobalThis\b/, /\bset(Timeout|Interval|Immediate)\b/, /\beval\(/, /\bimport\(/]) {
      assert.ok(!found.test(text), `${found} stands in ${file}`);
    }
  }
});

test("the scanner finds what is forbidden", async (t) => {
  const { analyzePackage } = await import("../node_modules/@n8n/scan-community-package/scanner/scanner.mjs");
  const folder = await mkdtemp(join(tmpdir(), "clio-n8n-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(new URL("../package.json", import.meta.url), join(folder, "package.json"));
  await writeFile(join(folder, "node.js"), "setTimeout(() => {}, 1); process.exit();");
  const { passed, details } = await analyzePackage(folder, ["**/*.js", "package.json"]);
  assert.equal(passed, false);
  for (const name of ["setTimeout", "process"]) assert.match(details, new RegExp(`restricted global '${name}'`));
});
