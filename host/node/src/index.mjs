// The actions in Node.js.

import { readFile } from "node:fs/promises";
import { actions, version } from "../dist/actions.mjs";
import { bearer as bearerOver } from "./bearer.mjs";
import { clioFor } from "./clio.mjs";
import { nodeHttp } from "./http.mjs";
import { Lanes } from "./lane.mjs";

export { CallError } from "./error.mjs";
export { documents } from "./documents.mjs";
export { fetchHttp } from "./fetch.mjs";
export { nodeHttp };

/** Attaches a bearer token to requests for the account: see `bearer.mjs`. */
export const bearer = (token, http = nodeHttp()) => bearerOver(token, http);

const modules = new Map();
function moduleOf(name, unwinding) {
  const file = `${name}${unwinding ? ".asyncify" : ""}.wasm`;
  if (!modules.has(file)) {
    const compiled = readFile(new URL(`../dist/wasm/${file}`, import.meta.url)).then((bytes) => WebAssembly.compile(bytes));
    // One that failed is tried again.
    compiled.catch(() => modules.delete(file));
    modules.set(file, compiled);
  }
  return modules.get(file);
}

const times = {
  timer(milliseconds, late) {
    const timer = setTimeout(late, Math.min(milliseconds, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

export const Clio = clioFor({
  actions, version, moduleOf,
  engines: ["asyncify", "worker", "jspi"],
  times: () => times,
  lanes: (most) => new Lanes(most),
});
