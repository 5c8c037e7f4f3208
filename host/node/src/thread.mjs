// The worker thread of a `Lane`: runs an action there, and blocks where it waits.

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { signature } from "./abi.mjs";
import { blocking } from "./engines.mjs";
import { errorOf } from "./error.mjs";
import { invoke } from "./invoke.mjs";
import { wasi } from "./wasi.mjs";

const { shared, port } = workerData;
const flag = new Int32Array(shared, 0, 1);
/** How long the action computed until it last waited, and since when it does. */
const clock = new Float64Array(shared, 8, 2);
const modules = new Map();

/** The way of a call's exchanges to the other thread. */
function linkOf(number) {
  const tell = (op, transfer) => (id, value) => port.postMessage([op, number, id, value], transfer?.(value));
  return {
    open: tell("open"), write: tell("write", (bytes) => [bytes.buffer]), finish: tell("finish"),
    abandon: tell("abandon"), pull: tell("pull"), drop: tell("drop"),
  };
}

let imports;
/** Takes in what is there; whether anything was. */
function takeNews() {
  let any = false;
  for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
    imports?.deliver(...got.message);
    any = true;
  }
  return any;
}

function pause(until) {
  clock[0] += Date.now() - clock[1];
  clock[1] = 0;
  const seen = Atomics.load(flag, 0);
  if (!takeNews()) Atomics.wait(flag, 0, seen, Math.max(0, until - performance.now()));
  takeNews();
  clock[1] = Date.now();
}
pause.blocks = true;

parentPort.on("message", ({ key, number, module, exported, types, input, account, limits }) => {
  try {
    takeNews(); // of exchanges that an earlier call left
    if (module) modules.set(key, module);
    imports = wasi({ account, limits, link: linkOf(number), pause });
    clock[1] = Date.now();
    parentPort.postMessage(invoke({ module: modules.get(key), exported, signature: signature(types), input, engine: blocking, imports }));
  } catch (error) {
    parentPort.postMessage({ failure: errorOf(error).execution_failed });
  } finally {
    imports = undefined;
    clock[1] = 0;
  }
});
