// One call of one function in a fresh instance: JSON in, JSON out.

import { load, lower } from "./abi.mjs";
import { HostFailure } from "./error.mjs";

/** The most memory of one instance, in bytes: its module was built with it. */
const MOST_MEMORY = 64 << 20;

/**
 * Calls the core function `exported` of `module`, and gives `{ok}` or `{error}`;
 * a promise of it where the engine cannot block. `imports` is made by `wasi`.
 */
export function invoke({ module, exported, signature, input, engine, imports }) {
  const state = {};
  let exports;
  const trapped = (error) => {
    // That growth was refused is not told. But an action that gives up with more
    // than half of what it may have was asking for more.
    const full = exports?.memory.buffer.byteLength > MOST_MEMORY / 2;
    return error instanceof WebAssembly.RuntimeError && full
      ? new HostFailure("memory", `the action needs more memory than its limit of ${MOST_MEMORY} bytes; pass large content by URL or as a file`)
      : error;
  };
  try {
    ({ exports } = new WebAssembly.Instance(module, imports.of(module, engine.waiting(state))));
    const memory = imports.bind(exports);
    const args = lower(memory, signature, input);
    const finish = (at) => {
      const outcome = load(memory, signature.result, at >>> 0);
      exports[`cabi_post_${exported}`]?.(at);
      return outcome;
    };
    const called = engine.call(exports, exported, args, state);
    if (typeof called?.then !== "function") return finish(called);
    return called.then(finish).catch((error) => { throw trapped(error); });
  } catch (error) {
    throw trapped(error);
  }
}
