// Why a call failed: the error that callers get, with the members of the JSON
// that every host of the actions prints.
//
// What must stay true: a message names the thing, the cause and the next step,
// and holds no client data, no token and nothing out of a guest's memory.

/**
 * A call that failed. As JSON: `error` is `{"permanent": problem}`,
 * `{"transient": problem}` or `{"execution_failed": {cause, message}}`, beside it
 * stand `correlation_id` and, where requests were denied, `denied`.
 */
export class CallError extends Error {
  constructor({ error, correlation_id, denied = [] }) {
    const problem = error.permanent ?? error.transient ?? error.execution_failed;
    super(problem?.message ?? "the action returned an error of its own type; read it as JSON");
    this.name = "CallError";
    Object.defineProperty(this, "name", { enumerable: false });
    this.error = error;
    if (correlation_id !== undefined) this.correlation_id = correlation_id;
    if (denied.length > 0) this.denied = denied;
  }

  /** What the action says is wrong: code, message, field, status and so on. */
  get problem() {
    return this.error.permanent ?? this.error.transient;
  }

  /** A problem's code such as `not_found`, or `execution_failed:` and the cause. */
  get code() {
    if (this.problem) return this.problem.code;
    return this.error.execution_failed ? `execution_failed:${this.error.execution_failed.cause}` : "other";
  }

  /** Whether the same call may succeed later. */
  get transient() {
    return this.error.transient !== undefined || ["deadline", "internal"].includes(this.error.execution_failed?.cause);
  }

  toJSON() {
    const { error, correlation_id, denied } = this;
    return { error, ...(correlation_id && { correlation_id }), ...(denied && { denied }) };
  }
}

/** The host's word that an action did not run to its end. Becomes a `CallError`. */
export class HostFailure extends Error {
  constructor(cause, message) {
    super(message);
    this.name = "HostFailure";
    this.failure = { cause, message };
  }
}

/** What the host itself answers in an action's place. Becomes a `CallError`. */
export class Refusal extends Error {
  constructor(error) {
    super((error.permanent ?? error.transient).message);
    this.name = "Refusal";
    this.error = error;
  }
}

/** An error of `permanent` kind that the host found itself. */
export function permanent(code, message, field) {
  return { permanent: { code, message, ...(field && { field }), candidates: [] } };
}

/** A limit of a call that the action is beyond, in the Rust host's words. */
export function beyond(name, what, most) {
  return new HostFailure(`limit:${name}`, `the action ${what} than its limit \`${name}\` of ${most}; raise it if that is meant`);
}

/** A time as people read it. */
export const duration = (milliseconds) => (milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`);

/** What a trap means. Its own text may differ between engines. */
function meaning(trap) {
  const text = String(trap?.message);
  if (/unreachable/i.test(text)) return "it gave up by itself, as a panic does";
  if (/call stack/i.test(text)) return "its stack overflowed";
  if (/out of bounds|out of the action's memory/i.test(text)) return "it reached beyond its memory";
  if (/divi[ds]/i.test(text)) return "it divided by zero";
  return "the engine refused an operation of the guest";
}

/** What `thrown` is as the `error` of a call. */
export function errorOf(thrown) {
  if (thrown instanceof Refusal) return thrown.error;
  if (thrown?.failure) return { execution_failed: thrown.failure };
  if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
    return { execution_failed: { cause: "trap", message: `the action stopped: ${meaning(thrown)}` } };
  }
  return { execution_failed: { cause: "internal", message: "the host lost the call: it was shut down or failed; what the call wrote may stand in Clio, so repeat it with the same `began`" } };
}
