// What is in the package: everything that the actions offer, nothing that n8n
// forbids, and the values of fields as the actions take them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";
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

test("a local time is of the workflow's zone, also where clocks change", async () => {
  const options = { entryPoints: [new URL("../nodes/shared/input.ts", import.meta.url).pathname], bundle: true, format: "esm", write: false };
  const [{ text }] = (await build(options)).outputFiles;
  const { instant } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const zone = "America/New_York";
  assert.equal(instant("2026-01-05T09:30:00", zone), "2026-01-05T14:30:00.000Z");
  assert.equal(instant("2026-07-05 09:30", zone), "2026-07-05T13:30:00.000Z");
  assert.equal(instant("2026-03-08T03:30:00", zone), "2026-03-08T07:30:00.000Z");
  assert.equal(instant("2026-11-01T00:30:00", zone), "2026-11-01T04:30:00.000Z");
  assert.equal(instant("2026-03-01", "Australia/Sydney"), "2026-02-28T13:00:00.000Z");
  assert.equal(instant("2026-03-01T09:30:00+02:00", zone), "2026-03-01T09:30:00+02:00");
  assert.equal(instant(new Date(0), zone), "1970-01-01T00:00:00.000Z");
  assert.equal(instant("", zone), undefined);
});
