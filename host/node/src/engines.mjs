// How an action waits without holding up the thread that it runs in. An engine
// takes `make(waiting)`, which gives an instance whose waiting imports are
// wrapped, and calls its function `name` with `args`.

/**
 * JavaScript Promise Integration: the runtime sets the stack aside.
 */
export const jspi = {
  available: () => typeof WebAssembly.Suspending === "function",
  waiting: () => ({ wait, done }) => new WebAssembly.Suspending((...args) => {
    const waited = wait(...args);
    return waited === undefined ? done(...args) : waited.then(() => done(...args));
  }),
  call: (exports, name, args) => WebAssembly.promising(exports[name])(...args),
};

const STACK = 32 * 1024;
const REWINDING = 2;

/**
 * Asyncify: the module was built to unwind its stack into memory, and to rewind
 * it. Needs nothing of the runtime but WebAssembly.
 */
export const asyncify = {
  available: () => true,
  waiting(state) {
    return ({ wait, done }) => (...args) => {
      const { exports } = state;
      if (exports.asyncify_get_state() === REWINDING) {
        exports.asyncify_stop_rewind();
        return done(...args);
      }
      state.pending = wait(...args);
      if (state.pending === undefined) return done(...args);
      state.area ??= area(exports);
      new DataView(exports.memory.buffer).setUint32(state.area, state.area + 8, true);
      exports.asyncify_start_unwind(state.area);
      return 0;
    };
  },
  async call(exports, name, args, state) {
    state.exports = exports;
    let value = exports[name](...args);
    while (exports.asyncify_get_state() !== 0) {
      exports.asyncify_stop_unwind();
      await state.pending;
      exports.asyncify_start_rewind(state.area);
      value = exports[name](...args);
    }
    return value;
  },
};

/** Where the stack is unwound to: its place, and its end, lie at its beginning. */
function area(exports) {
  const at = exports.cabi_realloc(0, 0, 8, STACK) >>> 0;
  new DataView(exports.memory.buffer).setUint32(at + 4, at + STACK, true);
  return at;
}

/** In a thread of its own, which may simply block. */
export const blocking = {
  available: () => true,
  waiting: () => ({ wait, done }) => (...args) => {
    wait(...args);
    return done(...args);
  },
  call: (exports, name, args) => exports[name](...args),
};
