// Makes `dist/` of a folder of components: `node build.mjs [FOLDER]`, where
// FOLDER is what `clio export` wrote, with NAME.wasm and actions.json.
//
// A component's core module is taken out of it, bounded in memory, and made to
// unwind its stack where it waits, so that it can wait on a main thread.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bounded, coreModule, signatures } from "./build/component.mjs";
import { declarations } from "./build/types.mjs";
import { bundled } from "./build/inline.mjs";
import { wasi } from "./src/wasi.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(await readFile(here("package.json")));
const from = process.argv[2] ?? process.env.CLIO_COMPONENTS ?? here("../../target/clio-actions");

/** 64 MiB, as in the Rust host: memory that a module was built with cannot grow beyond. */
const PAGES = 1024;
/** What the modules use: beyond this the optimizer must not go. */
const FEATURES = ["BulkMemory", "BulkMemoryOpt", "Multivalue", "MutableGlobals", "NontrappingFPToInt", "ReferenceTypes", "SignExt", "CallIndirectOverlong"];
const CACHE = "node_modules/.cache/clio-actions";
const { version: binaryenVersion } = JSON.parse(await readFile(here("node_modules/binaryen/package.json")));

/**
 * The module as Asyncify makes it. What was made once is kept, by all that it was
 * made of.
 *
 * Only this pass runs: the modules come optimized, and a second time would make
 * them 10% smaller (1% once packed), no faster, and this build four times as long.
 */
async function unwinding(core) {
  const waiting = [];
  // Fails here where an action imports what is not given to it.
  wasi({ limits: {}, pause: {} }).of(new WebAssembly.Module(core), (_, name) => { waiting.push(name); });
  const key = createHash("sha256").update(JSON.stringify([binaryenVersion, FEATURES, waiting])).update(core).digest("hex");
  const kept = here(`${CACHE}/${key}.wasm`);
  try {
    return await readFile(kept);
  } catch {
    const made = asyncified(await import("binaryen"), core, waiting);
    await mkdir(here(CACHE), { recursive: true });
    await writeFile(`${kept}.${process.pid}`, made);
    await rename(`${kept}.${process.pid}`, kept);
    return made;
  }
}

/** In this process, which compiles the optimizer once for all of them. */
function asyncified({ default: binaryen }, core, waiting) {
  const module = binaryen.readBinary(core);
  try {
    module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
    binaryen.setOptimizeLevel(1);
    binaryen.setPassArgument("asyncify-imports", waiting.join(","));
    module.runPasses(["asyncify"]);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

const descriptions = JSON.parse(await readFile(`${from}/actions.json`));
await rm(here("dist"), { recursive: true, force: true });
await mkdir(here("dist/wasm"), { recursive: true });

const made = new Map();
async function make(description) {
  const { name, interface: exported, functions, requests } = description;
  const component = new Uint8Array(await readFile(`${from}/${name}.wasm`));
  const types = signatures(component, exported);
  const core = bounded(coreModule(component), PAGES);
  await writeFile(here(`dist/wasm/${name}.wasm`), core);
  const alone = requests.length === 0;
  const unwound = alone ? core : await unwinding(core);
  if (!alone) await writeFile(here(`dist/wasm/${name}.asyncify.wasm`), unwound);
  const { summary, hints, grants, content } = description;
  made.set(name, { unwound, action: {
    name, interface: exported, summary, hints, requests, grants, content,
    functions: functions.map((fn) => ({ name: fn.name, types: types[fn.name] ?? missing(name, fn.name) })),
  } });
}
function missing(name, fn) {
  throw new Error(`the component ${name}.wasm exports no function \`${fn}\`, which actions.json describes; take both from one export`);
}
for (const description of descriptions) await make(description);

const actions = descriptions.map(({ name }) => made.get(name).action);
const table = `export const version = ${JSON.stringify(version)};\nexport const actions = ${JSON.stringify(actions)};\n`;
await writeFile(here("dist/actions.mjs"), table);
await copyFile(here("../../LICENSE"), here("LICENSE"));
await writeFile(here("dist/actions.json"), JSON.stringify(descriptions, null, 1));
await writeFile(here("dist/index.d.ts"), declarations(descriptions, "index"));
await writeFile(here("dist/inline.d.ts"), declarations(descriptions, "inline"));
await bundled(here("src/inline.mjs"), here("dist/inline.mjs"), { actions, version, modules: descriptions.map(({ name }) => [name, made.get(name).unwound]) });
