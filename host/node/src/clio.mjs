// An account and its actions: what is the same on every platform.
//
// `platform` brings what is not: the actions' modules, timers, engines.

import { signature } from "./abi.mjs";
import { CallContent } from "./content.mjs";
import { DRAFTER, drafted } from "./draft.mjs";
import { isHeldBack } from "./dry-run.mjs";
import { CallEgress } from "./egress.mjs";
import { CallError, duration, errorOf, HostFailure, permanent } from "./error.mjs";
import { asyncify, blocking, jspi } from "./engines.mjs";
import { Gate, REFUSED } from "./gate.mjs";
import { invoke } from "./invoke.mjs";
import { check, JsonError } from "./json.mjs";
import { parseOrigin } from "./origin.mjs";
import { fetchNamed } from "./named.mjs";
import { pauses } from "./pause.mjs";
import { Relay } from "./relay.mjs";
import { readPolicy, Rules } from "./rules.mjs";
import { wasi } from "./wasi.mjs";

/** What one call may use at most; times in milliseconds. As `Limits` of the Rust host. */
const LIMITS = {
  handles: 1024, headerBytes: 64 << 10, cpu: 10_000, deadline: 300_000, wait: 120_000, requests: 500,
  requestBytes: 16 * 2 ** 30, responseBytes: 16 * 2 ** 30,
};
const REPEAT = "what it wrote may stand in Clio, so repeat it with the same `began`";

function limited(limits) {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(LIMITS, name)) throw new TypeError(`there is no limit \`${name}\`; the limits are ${Object.keys(LIMITS).join(", ")}`);
    if (!(value >= 0)) throw new TypeError(`the limit \`${name}\` must be a number`);
  }
  return { ...LIMITS, ...limits };
}

/** The failure of an egress as the error of the call, where it is the cause. */
function explained(error, failure) {
  if (!failure) return error;
  const { kind, message } = failure;
  const { code } = error.permanent ?? error.transient ?? {};
  switch (kind) {
    case "length_required": return code === "invalid_input" ? error : permanent("invalid_input", message);
    case "certificate": {
      const aboutTheWay = code === undefined || ["unavailable", "upload_incomplete", "unexpected_answer"].includes(code);
      return aboutTheWay ? permanent("unavailable", message) : error;
    }
    case "not_connected": return permanent("not_connected", message);
    case "machine_made": case "not_approved": case "not_reviewable": return REFUSED[kind];
    case "content_changed": return { transient: permanent("upload_incomplete", message).permanent };
    case "unavailable": return { transient: permanent("unavailable", message).permanent };
    default: return { execution_failed: { cause: `limit:${kind}`, message } };
  }
}

/** Makes the class of a platform. */
export function clioFor(platform) {
  const { actions, moduleOf, version } = platform;
  const functions = new Map();
  for (const action of actions) {
    for (const { name, types } of action.functions) {
      const called = { action, function: name, exported: `${action.interface}#${name}`, types, signature: signature(types) };
      functions.set(`${action.name}.${name}`, called);
      if (action.functions[0].name === name) functions.set(action.name, called);
    }
  }

  class Clio {
    #account; #http; #policy; #limits; #engine; #onRequest; #times; #lanes; #reviews;

    constructor({ origin, allowOrigin = false, http, policy = {}, limits = {}, engine = "asyncify", workers = 4, onRequest, reviews, ...times }) {
      this.#account = parseOrigin(origin, allowOrigin);
      this.#times = platform.times(times);
      this.#http = http;
      if (typeof http !== "function") throw new TypeError("`http` is missing: an async function that sends a request, such as `bearer(() => token)`");
      this.#policy = readPolicy(policy);
      this.#limits = limited(limits);
      this.#onRequest = onRequest;
      this.#reviews = reviews;
      const known = platform.engines.includes(engine) && (engine !== "jspi" || jspi.available());
      if (!known) throw new TypeError(`this runtime has no engine \`${engine}\`; use asyncify`);
      this.#engine = engine;
      if (engine === "worker") this.#lanes = platform.lanes(workers);
    }

    /** The descriptions of the actions. */
    static get actions() { return actions; }

    /** Calls `action` or `action.function` with JSON, and gives JSON. */
    call(name, input, options) { return this.#call(name, input, options); }

    /**
     * Reads as such a call does, sends nothing that writes, and gives what
     * `clio run --dry-run` prints: what would be sent first, or the result.
     */
    async dryRun(name, input, options) {
      const told = { dry_run: true, would_send: [] };
      try {
        told.result = await this.#call(name, input, options, told.would_send);
      } catch (error) {
        if (!isHeldBack(error)) throw error;
      }
      return told;
    }

    /**
     * Has `drafter` write a document in place of `fill-document.fill`: of what
     * `fill-document.gather` gives, a string or the bytes of a text or a DOCX. What it
     * writes is a draft like one that was filled, and `reviews` remember it first.
     */
    async draft(input, drafter, options = {}) {
      const { signal, correlationId = correlation() } = options;
      const gathered = await this.#call("fill-document.gather", input, { ...options, correlationId });
      try {
        const written = await within((async () => drafter(gathered, { signal }))(), { signal, cancelled: undrafted });
        const draft = await drafted(written, gathered.media_type, this.#times.breathe);
        await this.#reviews?.remember?.(this.#account.text, { bytes: draft.sha256 }, DRAFTER);
        return draft;
      } catch (error) {
        const failure = error?.failure ?? { cause: "internal", message: `the drafter failed: ${error?.message ?? error}` };
        const failed = new CallError({ error: { execution_failed: failure }, correlation_id: correlationId });
        Object.defineProperty(failed, "cause", { value: error, enumerable: false });
        throw failed;
      }
    }

    async #call(name, input, { signal, deadline, limits = {}, onRequest = this.#onRequest, contentInto, correlationId = correlation() } = {}, withheld) {
      const called = functions.get(name);
      const fail = (error, denied) => new CallError({ error, correlation_id: correlationId, denied });
      if (!called) throw fail(permanent("invalid_input", `there is no action \`${name}\`; \`Clio.actions\` lists them`));
      const { action, types } = called;
      const content = new CallContent(this.#account);
      const lent = content.lend(input);
      const whole = types.params.length === 1 ? [lent, types.params[0][1]] : [lent ?? {}, { record: types.params }];
      try {
        check(...whole);
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        throw fail(permanent("invalid_input", error.message, error.pointer));
      }
      content.note(lent, action.content === true);
      const bounds = limited({ ...this.#limits, ...limits, ...(deadline !== undefined && { deadline }) });
      const writes = action.requests.some(({ method }) => method !== "GET" && method !== "HEAD");
      const gate = new Gate({ reviews: this.#reviews, account: this.#account.text, input: lent, writes, dryRun: withheld !== undefined });
      const egress = new CallEgress({
        gate, account: this.#account, rules: new Rules(action, this.#policy), content, http: this.#http,
        limits: bounds, platform: this.#times, onRequest, userAgent: `clio-actions/${version}`, withheld,
      });
      let outcome;
      try {
        await gate.pass(content);
        outcome = await this.#run(called, lent ?? {}, egress, bounds, signal);
        if (outcome.error === undefined) {
          const hashed = await gate.keep(action.name, called.function, outcome.ok);
          const sink = hashed ? hashed.hashing(contentInto) : contentInto;
          const isNamed = sink && typeof outcome.ok?.content?.url === "string";
          if (isNamed) {
            const fetched = fetchNamed(egress, outcome.ok, sink);
            await within(fetched, { ...ending(bounds), signal, timer: this.#times.timer });
            await hashed?.done();
          }
        }
      } catch (error) {
        const failed = fail(explained(errorOf(error), egress.failure), told(egress.denied));
        Object.defineProperty(failed, "cause", { value: error, enumerable: false });
        throw failed;
      } finally {
        egress.end();
      }
      if (outcome.error === undefined) return outcome.ok;
      const error = outcome.error === "execution_failed"
        ? { execution_failed: { cause: "trap", message: "the action reported by itself that it did not run to its end" } }
        : outcome.error;
      throw fail(explained(error, egress.failure), told(egress.denied));
    }

    async #run({ action, exported, types, signature: how }, input, egress, limits, signal) {
      const ends = { ...ending(limits), signal, timer: this.#times.timer };
      const alone = action.requests.length === 0;
      const engine = this.#engine;
      const module = await moduleOf(action.name, engine === "asyncify" && !alone);
      if (signal?.aborted) throw ends.cancelled();
      const call = { module, exported, input, account: this.#account.text, limits };
      if (alone) return invokeAtOnce({ ...call, signature: how });
      if (engine === "worker") {
        const run = (lane) => {
          const end = ({ failure }) => lane.end(failure.cause, failure.message);
          const done = lane.run({ ...call, key: action.name, types, egress });
          return within(done, { ...ends, end });
        };
        return this.#lanes.use(run, signal).catch((error) => { throw signal?.aborted ? ends.cancelled() : error; });
      }
      const pause = pauses(this.#times);
      let imports;
      const relay = new Relay(egress, (...news) => {
        imports.deliver(...news);
        pause.news();
      });
      imports = wasi({ account: this.#account.text, limits, link: relay, pause });
      const done = invoke({ ...call, signature: how, engine: engine === "jspi" ? jspi : asyncify, imports });
      return within(done, { ...ends, end: pause.end });
    }

    /** Lets go of threads and, of the own HTTP capability, connections. */
    close() {
      this.#lanes?.close();
      this.#http.close?.();
    }
  }

  for (const { name, functions: offered } of actions) {
    for (const { name: fn } of offered) {
      const value = function (input, options) { return this.call(`${name}.${fn}`, input, options); };
      Object.defineProperty(Clio.prototype, methodName(name, fn, offered.length), { value, configurable: true, writable: true });
    }
  }
  return Clio;
}

/** `syncContact`; of an action with several functions `webhooksEnsure`. */
export function methodName(action, fn, functions) {
  const name = functions === 1 ? action : `${action}-${fn}`;
  return name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

const told = (denied) => denied.map(({ request, rule }) => ({ request, rule }));

const correlation = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** How a call ends before its time. */
const ending = ({ deadline }) => ({
  deadline,
  cancelled: () => new HostFailure("cancelled", `the caller ended the call; ${REPEAT}`),
  late: () => new HostFailure("deadline", `the call did not end within its deadline of ${duration(deadline)}; ${REPEAT}`),
});

const undrafted = () => new HostFailure("cancelled", "the caller ended the call; nothing was drafted");

/** An action that imports nothing never waits. */
function invokeAtOnce(call) {
  const imports = wasi({ limits: call.limits, pause: { blocks: true } });
  return invoke({ ...call, engine: blocking, imports });
}

/**
 * Waits for a call until it is cancelled or its time is up, and then for it no
 * more: `end` ends what is left of it.
 */
function within(done, { signal, cancelled, late, timer, deadline, end }) {
  return new Promise((resolve, reject) => {
    const settle = (how) => (value) => {
      cancel?.();
      signal?.removeEventListener("abort", abort);
      how(value);
    };
    const stop = (failure) => {
      settle(reject)(failure);
      end?.(failure);
    };
    const abort = () => stop(cancelled());
    const cancel = timer?.(deadline, () => stop(late()));
    signal?.addEventListener("abort", abort, { once: true });
    done.then(settle(resolve), settle(reject));
    // One that was aborted before tells nobody.
    if (signal?.aborted) abort();
  });
}
