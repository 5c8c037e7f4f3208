// The portable builds by jco, over its own WASI: an instance a call (`jco`), or
// one for all (`jco-reused`), which gives isolation between calls away.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";

/** Transpiles an action once, and returns what gives its exports. */
async function load({ path, components, origin, token }, action, exported) {
  const folder = join(components, `jco-${action}`);
  if (!existsSync(folder)) {
    const bytes = await readFile(join(components, `${action}.wasm`));
    const options = { name: action, instantiation: "async", emitTypescriptDeclarations: false };
    const { files } = await transpileBytes(bytes, options);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
  }
  const { instantiate } = await import(pathToFileURL(join(folder, `${action}.js`)));
  const compiled = new Map();
  const core = async (name) => {
    if (!compiled.has(name)) {
      compiled.set(name, await WebAssembly.compile(await readFile(join(folder, name))));
    }
    return compiled.get(name);
  };
  const env = { CLIO_ORIGIN: origin, CLIO_ACCESS_TOKEN: token };
  const fresh = async () => {
    const wasi = new WASIShim({ sandbox: { env, args: [] } });
    return (await instantiate(core, wasi.getImportObject()))[exported];
  };
  let one;
  return path === "jco-reused" ? async () => (one ??= await fresh()) : fresh;
}

export async function jco(spec, run) {
  const contacts = ["found", "new"].includes(spec.job);
  const name = contacts ? ["sync-contact", "syncContact"] : ["find-documents", "findDocuments"];
  const instance = await load(spec, ...name);
  const scope = { tag: "matter", val: BigInt(spec.matter) };
  const find = async (sourceIds) => (await instance()).find({ scope, sourceIds });
  const sync = async (lastName, address) =>
    (await instance()).sync({
      sourceId: `bench:${address}`,
      contact: { tag: "person", val: { firstName: "Ann", lastName } },
      emails: [{ address }],
      phones: [],
      addresses: [],
      knownOthers: [],
    });
  return {
    nothing: async () => {
      const refused = await find([]).then(() => false, (error) => Boolean((error.payload ?? error).tag));
      if (!refused) throw Error("an empty search was not refused");
    },
    find: async () => {
      if ((await find(["bench:doc"]))[0].id === undefined) throw Error("the document is absent");
    },
    found: () => sync("Found", "ann.found@example.com"),
    new: (i) => sync("New", `n${run}-${i}@example.com`),
  };
}
