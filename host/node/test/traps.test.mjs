// How an action that misbehaves ends: small modules in the place of an action's.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { signature } from "../src/abi.mjs";
import { blocking } from "../src/engines.mjs";
import { errorOf } from "../src/error.mjs";
import { invoke } from "../src/invoke.mjs";
import { wasi } from "../src/wasi.mjs";

const wasmAs = fileURLToPath(new URL("../node_modules/binaryen/bin/wasm-as", import.meta.url));
const run = promisify(execFile);
const limits = { handles: 16, headerBytes: 1024 };
const TYPES = '"wasi:http/types@0.2.12"';

/** How `body` ends, in a module with these imports. */
async function ends(t, body, imports = "", pages = "1 1024") {
  const folder = await mkdtemp(join(tmpdir(), "clio-node-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const text = `(module ${imports} (memory (export "memory") ${pages})
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func $again (param i32) (result i32) (i32.add (call $again (local.get 0)) (i32.const 1)))
    (func (export "it") (result i32) ${body} (i32.const 2048)))`;
  await writeFile(join(folder, "it.wat"), text);
  await run(process.execPath, [wasmAs, join(folder, "it.wat"), "--enable-bulk-memory", "-o", join(folder, "it.wasm")]);
  const module = await WebAssembly.compile(await readFile(join(folder, "it.wasm")));
  const link = { open() {}, write() {}, finish() {}, abandon() {}, pull() {}, drop() {} };
  const imported = wasi({ account: "http://127.0.0.1:1", limits, link, pause: { blocks: true } });
  try {
    invoke({ module, exported: "it", signature: signature({ params: [], result: { result: [null, null] } }), input: {}, engine: blocking, imports: imported });
  } catch (error) {
    const { cause, message } = errorOf(error).execution_failed;
    return `${cause}: ${message}`;
  }
  return "it ended well";
}

const table = {
  "an action that does nothing": ["", "", /^it ended well$/],
  "a panic": ["(unreachable)", "", /^trap: the action stopped: it gave up by itself/],
  "an endless recursion": ["(drop (call $again (i32.const 1)))", "", /^trap: the action stopped: its stack overflowed/],
  "an access out of bounds": ["(drop (i32.load (i32.const 0x7fffffff)))", "", /^trap: the action stopped: it reached beyond its memory/],
  "a text out of bounds": [
    "(call $append (call $fields) (i32.const 0x7fffff00) (i32.const 16) (i32.const 0) (i32.const 0) (i32.const 0))",
    `(import ${TYPES} "[constructor]fields" (func $fields (result i32))) (import ${TYPES} "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))`,
    /^trap: the action stopped: it reached beyond its memory/,
  ],
  "a handle that there is not": ["(call $drop (i32.const 7))", `(import ${TYPES} "[resource-drop]fields" (func $drop (param i32)))`, /^trap: the action stopped: it used a handle/],
  "a handle that was given back": [
    "(call $drop (call $fields)) (call $drop (i32.const 1))",
    `(import ${TYPES} "[constructor]fields" (func $fields (result i32))) (import ${TYPES} "[resource-drop]fields" (func $drop (param i32)))`,
    /^trap: the action stopped: it used a handle/,
  ],
  "handles without end": [
    "(loop $l (drop (call $fields)) (br $l))", `(import ${TYPES} "[constructor]fields" (func $fields (result i32)))`,
    /^limit:handles: the action has more WASI resources open at once than its limit `handles` of 16; raise it if that is meant$/,
  ],
  "header fields without end": [
    "(local $f i32) (local.set $f (call $fields)) (i32.store8 (i32.const 64) (i32.const 97)) (loop $l (call $append (local.get $f) (i32.const 64) (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 32)) (br $l))",
    `(import ${TYPES} "[constructor]fields" (func $fields (result i32))) (import ${TYPES} "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))`,
    /^limit:header_bytes: the action fills more header fields than its limit `header_bytes` of 1024/,
  ],
  "memory without end": ["(loop $l (br_if $l (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)", "", /^memory: the action needs more memory than its limit of 67108864 bytes/],
  "an import that no action may have": ["(call $exit (i32.const 0))", '(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))', /^instantiation: the component could not be instantiated: it imports `exit` of wasi:cli\/exit@0.2.12/],
  "a result that there is not": ["(i32.store8 (i32.const 2048) (i32.const 9))", "", /^trap: /],
};
for (const [name, [body, imports, expected]] of Object.entries(table)) {
  test(name, async (t) => assert.match(await ends(t, body, imports), expected));
}
