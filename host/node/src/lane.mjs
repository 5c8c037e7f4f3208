// A worker thread that runs one call at a time, and may be ended while it runs:
// the one engine that ends an action which never waits.
//
// The action and its WASI run in the thread, which blocks where it waits. Egress,
// the HTTP capability and so the credential stay in this one.

import { Worker, MessageChannel } from "node:worker_threads";
import { duration, errorOf, HostFailure } from "./error.mjs";
import { Relay } from "./relay.mjs";

/** How often the time that an action computes is looked at, in milliseconds. */
const LOOK = 50;

export class Lane {
  #worker; #port; #flag; #clock;
  #modules = new Set();
  #call = undefined;
  #number = 0;
  ended = false;

  constructor() {
    const shared = new SharedArrayBuffer(24);
    this.#flag = new Int32Array(shared, 0, 1);
    this.#clock = new Float64Array(shared, 8, 2);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(new URL("./thread.mjs", import.meta.url), {
      workerData: { shared, port: port2 },
      transferList: [port2],
      env: {},
      execArgv: [],
    });
    port1.on("message", ([op, number, id, value]) => {
      if (this.#call?.number === number) this.#call.relay[op](id, value);
    });
    this.#worker.on("message", (outcome) => this.#settle({ outcome }));
    const lost = () => this.end("internal", errorOf().execution_failed.message);
    this.#worker.on("error", lost);
    this.#worker.on("exit", lost);
    this.#idle();
  }

  /** Makes one call. `key` names the module, which is sent once. */
  run({ key, module, egress, limits, ...call }) {
    const number = ++this.#number;
    const relay = new Relay(egress, (...news) => this.#tell(number, ...news));
    this.#worker.ref();
    this.#port.ref();
    this.#clock.fill(0);
    const look = setInterval(() => {
      const [before, since] = this.#clock;
      if (before + (since && Date.now() - since) > limits.cpu) {
        this.end("cpu", `the action computed for longer than its allowance of ${duration(limits.cpu)}; raise the CPU limit if that is meant`);
      }
    }, LOOK);
    const outcome = new Promise((resolve, reject) => { this.#call = { number, relay, resolve, reject, look }; });
    this.#worker.postMessage({ key, number, module: this.#modules.has(key) ? undefined : module, limits: { ...limits }, ...call });
    this.#modules.add(key);
    return outcome;
  }

  /** Ends the thread, and the call that runs in it. */
  end(cause, message) {
    if (!this.ended) {
      this.ended = true;
      this.#worker.terminate();
      this.#port.close();
    }
    this.#settle({ failure: new HostFailure(cause, message) });
  }

  #settle({ outcome, failure }) {
    const call = this.#call;
    if (!call) return;
    this.#call = undefined;
    clearInterval(call.look);
    this.#idle();
    if (failure) call.reject(failure);
    else if (outcome.failure) call.reject(new HostFailure(outcome.failure.cause, outcome.failure.message));
    else call.resolve(outcome);
  }

  #tell(number, id, event, value) {
    if (this.ended || this.#call?.number !== number) return;
    let told = value;
    const transfer = [];
    if (event === "piece") {
      // A piece of its own: cloning a view would copy all of its buffer.
      told = new Uint8Array(value);
      transfer.push(told.buffer);
    }
    this.#port.postMessage([id, event, told], transfer);
    Atomics.add(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
  }

  #idle() {
    this.#worker.unref();
    this.#port.unref();
  }
}

/** A few lanes, and who waits for one. */
export class Lanes {
  #idle = []; #open = 0; #queue = [];
  constructor(most) { this.most = most; }

  /** Runs `run(lane)` once one is free; `signal` ends the wait for it. */
  async use(run, signal) {
    const lane = await this.#take(signal);
    try {
      return await run(lane);
    } finally {
      this.#give(lane);
    }
  }
  #take(signal) {
    const lane = this.#idle.pop();
    if (lane) return lane;
    if (this.#open < this.most) {
      this.#open++;
      return new Lane();
    }
    return new Promise((resolve, reject) => {
      const taken = (free) => {
        signal?.removeEventListener("abort", leave);
        resolve(free);
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(taken), 1);
        reject(signal.reason);
      };
      this.#queue.push(taken);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
  #give(used) {
    const lane = used.ended ? undefined : used;
    const next = this.#queue.shift();
    if (next) next(lane ?? new Lane());
    else if (lane) this.#idle.push(lane);
    else this.#open--;
  }
  close() {
    for (const lane of this.#idle.splice(0)) {
      this.#open--;
      lane.end("internal", errorOf().execution_failed.message);
    }
  }
}

