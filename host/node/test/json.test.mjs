// The JSON mapping and the canonical ABI: the tables of the Rust host's tests, and
// the same component through jco, whose implementation is another one.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { layout, load, Memory, store } from "../src/abi.mjs";
import { Clio } from "../src/index.mjs";
import { check, JsonError } from "../src/json.mjs";

const everything = { record: [
  ["source_id", "string"], ["known_id", { option: "u64" }], ["tags", { list: "string" }], ["bytes", "bytes"],
  ["scope", { variant: [["whole_account", null], ["matter", "u64"]] }], ["status", { enum: ["not_yet", "done"] }],
] };

/** Writes a value into a memory, and reads it back. */
function bothWays(shape, json) {
  check(json, shape);
  const memory = new WebAssembly.Memory({ initial: 64 });
  let top = 1024;
  const m = new Memory({ memory, cabi_realloc: (_, __, align, size) => { top = Math.ceil(top / align) * align; const at = top; top += size; return at; } });
  const of = layout(shape);
  const at = m.alloc(of.size, of.align);
  store(m, of, json, at);
  return load(m, of, at);
}

test("what is read is written the same", () => {
  const table = [
    ["bool", true], ["s8", -128], ["u8", 255], ["s32", -(2 ** 31)], ["u32", 2 ** 32 - 1],
    ["s64", -9007199254740991], ["u64", 9007199254740991], ["u64", "9007199254740992"], ["u64", "18446744073709551615"],
    ["s64", "-9223372036854775808"], ["f32", 1.5], ["f64", -0.25], ["char", "ß"], ["string", "naïve \u{1f600}"],
    ["bytes", "AAEC/w=="], ["bytes", ""], [{ list: "string" }, ["a", "b"]], [{ tuple: ["bool", { list: "u8" }] }, [true, [1]]],
    [{ enum: ["new_version"] }, "new_version"], [{ variant: [["from_person", null]] }, "from_person"],
    [{ variant: [["draft_of", "string"]] }, { draft_of: "x" }], [{ variant: [["small", "u8"], ["wide", "u64"]] }, { wide: "18446744073709551615" }],
    [everything, { source_id: "a:1", known_id: 7, tags: ["x"], bytes: "AA==", scope: { matter: 3 }, status: "not_yet" }],
  ];
  for (const [shape, json] of table) assert.deepEqual(bothWays(shape, json), json, JSON.stringify(shape));
});

test("absent members are none or empty", () => {
  const sparse = { source_id: "a", scope: "whole_account", status: "done" };
  const full = { ...sparse, tags: [], bytes: "" };
  assert.deepEqual(bothWays(everything, sparse), full);
  assert.deepEqual(bothWays(everything, { ...sparse, known_id: null, tags: undefined }), full);
});

function refused(shape, json) {
  try {
    check(json, shape);
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error?.stack));
    return error;
  }
  return assert.fail(`${JSON.stringify(json)} was taken`);
}

test("whole numbers", () => {
  assert.equal(bothWays("u64", "18"), 18);
  for (const text of ["", "+1", "-1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "18446744073709551616", "9".repeat(400)]) refused("u64", text);
  for (const text of ["-0", "--1", "-", "+1", "9223372036854775808"]) refused("s64", text);
  refused("u32", "18");
  const table = [
    ["u8", 256, "from 0 to 255"], ["u8", -1, "from 0 to 255"], ["s16", 32768, "from -32768 to 32767"], ["u32", 1.5, "from 0 to 4294967295"],
    ["u64", 9007199254740992, "digits as a string"], ["s64", -9007199254740992, "digits as a string"], ["u64", -1, "from 0 to"],
    ["f32", 1e300, "32-bit float"], ["f64", NaN, "64-bit float"], ["char", "ab", "exactly one character"],
    [{ tuple: ["bool"] }, [true, true], "one element too many"], [{ tuple: ["bool"] }, [], "exactly 1 elements"],
  ];
  for (const [shape, json, message] of table) assert.match(refused(shape, json).message, new RegExp(message));
});

test("an error points at the member and says what belongs there", () => {
  const shape = { record: [
    ["emails", { list: { record: [["address", "string"], ["label", { option: { enum: ["work", "home"] } }]] } }],
    ["start", { variant: [["now", null], ["since", "string"]] }],
  ] };
  const table = [
    [[], "", "must be an object, not an array"], [{ start: "now", "extra/~": 1 }, "/extra~1~0", "is unknown here"], [{}, "/start", "is missing"],
    [{ start: "now", emails: null }, "/emails", "must be an array, not null"],
    [{ start: "now", emails: [{ address: 1 }] }, "/emails/0/address", "must be a string, not a number"],
    [{ start: "now", emails: [{ address: "a", label: "fax" }] }, "/emails/0/label", 'must be one of "work", "home"'],
    [{ start: "then" }, "/start", 'must be one of "now", "since"'], [{ start: "since" }, "/start", "has a payload"],
    [{ start: { now: null } }, "/start/now", "has no payload"], [{ start: { since: "a", now: 1 } }, "/start", "exactly one member"],
    [{ start: 3 }, "/start", "must be a case, not a number"],
  ];
  for (const [json, pointer, message] of table) {
    const error = refused(shape, json);
    assert.equal(error.pointer, pointer, JSON.stringify(json));
    assert.ok(error.message.includes(message), error.message);
  }
});

test("bytes have one spelling and a most, and cost is bounded", () => {
  const bytes = (n) => Buffer.alloc(n, 7).toString("base64");
  check(bytes(1 << 20), "bytes");
  assert.match(refused("bytes", bytes((1 << 20) + 1)).message, /more than 1 MiB/);
  for (const text of ["AA", "AA=", "A-_=", "AB==", " AA==", "AA==\n", [0, 1]]) refused("bytes", text);
  assert.equal(refused({ list: "bytes" }, Array(5).fill("AAAA".repeat((1 << 20) / 3))).pointer, "/4");
  assert.match(refused({ list: "bool" }, Array(200_001).fill(true)).message, /values/);
  assert.match(refused({ list: "string" }, ["x".repeat(8 << 20), "x"]).message, /strings/);
  assert.match(refused("string", "\ud800").message, /half of a character/);
  const cyclic = [];
  cyclic.push(cyclic);
  let deep = "u8";
  for (let n = 0; n <= 64; n++) deep = { list: deep };
  assert.match(refused(deep, cyclic).message, /nested deeper/);
});

test("an input that cannot be is told as invalid, and nothing is sent", async () => {
  const clio = new Clio({ origin: "http://127.0.0.1:1", http: () => assert.fail("it was sent") });
  const cyclic = { kind: "practice_areas" };
  cyclic.search = cyclic;
  for (const input of [undefined, null, 1, [], cyclic, { kind: "practice_areas", "__proto__x": 1 }]) {
    const error = await clio.lookup(input).catch((it) => it);
    assert.equal(error.code, "invalid_input", JSON.stringify(error));
  }
});

// jco says `{tag, val}` for a case, camelCase for members, BigInt for 64 bits.
const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
function forJco(shape, json) {
  if (typeof shape === "string") return shape === "u64" ? BigInt(json) : json;
  if (shape.option) return json === undefined || json === null ? undefined : forJco(shape.option, json);
  if (shape.list) return (json ?? []).map((item) => forJco(shape.list, item));
  if (shape.enum) return json.replaceAll("_", "-");
  return Object.fromEntries(shape.record.map(([name, of]) => [camel(name), forJco(of, json[name])]));
}
function ofJco(shape, value) {
  if (typeof shape === "string") return shape === "u64" ? (value <= 9007199254740991n ? Number(value) : String(value)) : value;
  if (shape.option) return value === undefined ? undefined : ofJco(shape.option, value);
  if (shape.list) return [...value].map((item) => ofJco(shape.list, item));
  if (shape.enum) return value.replaceAll("-", "_");
  if (shape.variant) {
    const name = value.tag.replaceAll("-", "_");
    const [, of] = shape.variant.find(([it]) => it === name);
    return of ? { [name]: ofJco(of, value.val) } : name;
  }
  const members = shape.record.map(([name, of]) => [name, ofJco(of, value[camel(name)])]);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

test("the same component does the same through jco", async (t) => {
  const from = process.env.CLIO_COMPONENTS ?? new URL("../../../target/clio-actions", import.meta.url).pathname;
  const { files } = await transpileBytes(await readFile(join(from, "receive-webhook.wasm")), { name: "it", instantiation: "async", emitTypescriptDeclarations: false });
  const folder = await mkdtemp(join(tmpdir(), "clio-node-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const { instantiate } = await import(pathToFileURL(join(folder, "it.js")));
  const exports = await instantiate((path) => WebAssembly.compile(files[path]), {});
  const { receive } = exports["clio:actions/receive-webhook@0.1.0"] ?? exports.receiveWebhook;
  const clio = new Clio({ origin: "http://127.0.0.1:1", http: () => assert.fail("it was sent") });
  const { params: [[, input]], result: { result: [ok, failed] } } = Clio.actions.find(({ name }) => name === "receive-webhook").functions[0].types;

  const event = (id, more = {}) => JSON.stringify({ data: { id, ...more }, meta: { event: "updated", webhook_id: 7 } });
  const active = { id: "9007199254740993", model: "matter", state: "active", secret: "s" };
  const inputs = [
    { headers: [{ name: "X-Hook-Secret", value: "a shared secret" }], body: "{}", subscriptions: [{ model: "matter", state: "pending" }] },
    { headers: [], body: "{}", subscriptions: [] },
    { headers: [{ name: "X-Hook-Signature", value: "00" }], body: event(17), subscriptions: [active], last_known: [{ id: 17, status: "open", stage: "9007199254740993" }] },
    { headers: [{ name: "Ünï", value: "\u{1f600}" }], body: "naïve", subscriptions: Array(300).fill(active) },
  ];
  const { createHmac } = await import("node:crypto");
  const body = event(17, { status: "Closed" });
  inputs.push({ ...inputs[2], body, headers: [{ name: "x-hook-signature", value: createHmac("sha256", "s").update(body).digest("hex") }] });
  const outcomes = new Set();
  for (const it of inputs) {
    let expected;
    try {
      expected = { ok: ofJco(ok, receive(forJco(input, it))) };
    } catch (error) {
      if (error.tag === undefined) throw error;
      expected = { error: ofJco(failed, error) };
    }
    const actual = await clio.receiveWebhook(it).then((outcome) => ({ ok: outcome }), ({ error }) => ({ error }));
    assert.deepEqual(actual, expected);
    outcomes.add(Object.keys(actual.ok ?? actual.error)[0]);
  }
  assert.ok(outcomes.size >= 2, `only ${[...outcomes]}`);
});
