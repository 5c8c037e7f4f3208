// The other end of a guest's exchanges: takes what the guest does with them to
// egress, and egress's news to the guest. `deliver(id, event, value)` is called
// with the events of `Exchange`.

import { Outgoing, WireError } from "./body.mjs";

/** The most bytes that go to a guest in one piece. */
const PIECE = 256 * 1024;

export class Relay {
  #exchanges = new Map();
  constructor(egress, deliver) {
    this.egress = egress;
    this.deliver = deliver;
  }

  open(id, request) {
    const outgoing = new Outgoing({
      taken: (count) => this.deliver(id, "more", count),
      cancelled: () => this.deliver(id, "sink"),
    });
    const exchange = { outgoing, pieces: undefined, left: undefined };
    this.#exchanges.set(id, exchange);
    this.egress.send({ ...request, body: outgoing }).then(
      ({ status, headers, body }) => {
        if (body instanceof Uint8Array) return this.deliver(id, "answer", { status, headers, body });
        exchange.pieces = body[Symbol.asyncIterator]();
        if (exchange.dropped) return exchange.pieces.return?.();
        return this.deliver(id, "answer", { status, headers });
      },
      (error) => {
        outgoing.cancel();
        this.deliver(id, "fail", error instanceof WireError ? error.code : "internal-error");
      },
    );
  }
  write(id, bytes) { this.#exchanges.get(id)?.outgoing.write(bytes); }
  finish(id) { this.#exchanges.get(id)?.outgoing.finish(); }
  abandon(id) { this.#exchanges.get(id)?.outgoing.abandon(); }

  async pull(id) {
    const exchange = this.#exchanges.get(id);
    try {
      if (!exchange.left) {
        const next = await exchange.pieces.next();
        if (next.done) return this.deliver(id, "end");
        exchange.left = next.value;
      }
      const piece = exchange.left.subarray(0, PIECE);
      exchange.left = piece.length < exchange.left.length ? exchange.left.subarray(PIECE) : undefined;
      this.deliver(id, "piece", piece);
    } catch {
      this.deliver(id, "breakOff");
    }
    return undefined;
  }

  drop(id) {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    this.#exchanges.delete(id);
    exchange.dropped = true;
    exchange.outgoing.abandon();
    exchange.pieces?.return?.().catch(() => {});
  }
}
