// The bodies that pass through egress, each with its bounds: as the Rust host's
// `egress/body.rs`.
//
// What must stay true: no body passes a bound unnoticed; a body that ends early
// is an error and never short data.

/** What egress tells a guest: the name of an error code of `wasi:http`. */
export class WireError extends Error {
  /** `unsent`: not one byte of the request was written. */
  constructor(code, { unsent = false } = {}) {
    super(code);
    this.code = code;
    this.unsent = unsent;
  }
}

/** A guest's body on its way out: written piece by piece, taken as an async iterable. */
export class Outgoing {
  #queue = [];
  #state = "open"; // finished, abandoned, cancelled
  #waiting = undefined;

  /** `taken` is told how many bytes were taken, `cancelled` that no more will be. */
  constructor({ taken, cancelled }) {
    this.taken = taken;
    this.cancelled = cancelled;
  }
  write(bytes) { this.#queue.push(bytes); this.#wake(); }
  finish() { if (this.#state === "open") this.#state = "finished"; this.#wake(); }
  abandon() { if (this.#state === "open") this.#state = "abandoned"; this.#wake(); }
  cancel() {
    if (this.#state === "cancelled") return;
    this.#state = "cancelled";
    this.#queue = [];
    this.cancelled();
    this.#wake();
  }
  #wake() { this.#waiting?.(); }

  async *[Symbol.asyncIterator]() {
    try {
      for (;;) {
        while (this.#queue.length > 0) {
          const piece = this.#queue.shift();
          this.taken(piece.length);
          yield piece;
        }
        if (this.#state === "finished") return;
        if (this.#state !== "open") throw new WireError("internal-error");
        await new Promise((resolve) => { this.#waiting = resolve; });
        this.#waiting = undefined;
      }
    } finally {
      if (this.#state !== "finished" || this.#queue.length > 0) this.cancel();
    }
  }
}

function joined(pieces, length) {
  if (pieces.length === 1) return pieces[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Reads a guest's request body whole. `over` notes that it is more than `most`. */
export async function holdRequest(body, length, most, over) {
  if (length > most) throw over();
  const pieces = [];
  let held = 0;
  for await (const piece of body) {
    held += piece.length;
    if (held > most) throw over();
    pieces.push(piece);
  }
  if (length !== undefined && length !== held) throw new WireError("HTTP-request-body-size");
  return joined(pieces, held);
}

/** A body that streams to storage: exactly as many bytes as were announced. */
export async function* exactly(body, length, meter, watch) {
  let sent = 0;
  try {
    watch.stop();
    for await (const piece of body) {
      watch.start();
      sent += piece.length;
      if (sent > length) throw new WireError("HTTP-request-body-size");
      meter.sent(piece.length);
      yield piece;
      watch.stop();
    }
    if (sent < length) throw new WireError("HTTP-request-body-size");
  } finally {
    watch.start();
  }
}

/** The pieces of an answer's body, whatever the HTTP capability gave for it. */
async function* piecesOf(body) {
  if (body === null || body === undefined) return;
  if (body instanceof Uint8Array) { yield body; return; }
  if (typeof body.getReader === "function" && typeof body[Symbol.asyncIterator] !== "function") {
    const reader = body.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => {});
    }
    return;
  }
  yield* body;
}

/**
 * An answer's body: its pauses bounded, its bytes counted, its end held against
 * the length that was announced.
 */
export async function* checked(body, { expected, meter, between }) {
  let left = expected;
  const pieces = piecesOf(body);
  try {
    for (;;) {
      const next = await between(pieces.next());
      if (next.done) break;
      const piece = bytes(next.value);
      if (piece.length === 0) continue;
      meter.received(piece.length);
      if (left !== undefined && (left -= piece.length) < 0) throw new WireError("HTTP-protocol-error");
      yield piece;
    }
  } catch (error) {
    throw error instanceof WireError ? error : new WireError("HTTP-response-incomplete");
  } finally {
    // Not waited for: a source that hangs would hold the call up.
    pieces.return?.().catch(() => {});
  }
  if (left > 0) throw new WireError("HTTP-response-incomplete");
}

const bytes = (piece) => {
  if (piece instanceof Uint8Array) return piece;
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  throw new WireError("HTTP-protocol-error");
};

/** Reads an answer whole. */
export async function holdAnswer(pieces, most, tooLarge) {
  const held = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > most) throw tooLarge(most);
    held.push(piece);
  }
  return joined(held, length);
}
