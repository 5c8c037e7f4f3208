// The actions without anything of Node.js: one file, with the WebAssembly inside,
// for bundlers, edge runtimes and n8n. HTTP and waiting are injected.

import { actions, compressed, version } from "clio-actions:built";
import { unbase64 } from "./abi.mjs";
import { clioFor } from "./clio.mjs";

export { bearer } from "./bearer.mjs";
export { documents } from "./lent.mjs";
export { CallError } from "./error.mjs";
export { fetchHttp } from "./fetch.mjs";

const modules = new Map();
function moduleOf(name) {
  if (!modules.has(name)) {
    const bytes = new Blob([unbase64(compressed[name])]).stream().pipeThrough(new DecompressionStream("gzip"));
    const compiled = new Response(bytes).arrayBuffer().then((it) => WebAssembly.compile(it));
    compiled.catch(() => modules.delete(name));
    modules.set(name, compiled);
  }
  return modules.get(name);
}

function times({ sleep, timer }) {
  if (typeof sleep !== "function") throw new TypeError("`sleep` is missing: a function that waits for so many milliseconds");
  return { sleep, timer, breathe: () => sleep(0) };
}

export const Clio = clioFor({ actions, version, moduleOf, times, engines: ["asyncify"] });
