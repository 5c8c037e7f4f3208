// One HTTP exchange as the guest sees it: what it may still write, what was
// answered, what it may read. The link carries what is done here to egress, and
// egress's news back.
//
// What must stay true: no more than a window of a body is on its way to egress,
// and a piece at a time on its way back, so that memory does not grow with a
// document.

/** How many bytes of a body may be on their way at once. */
export const WINDOW = 256 * 1024;

export class Exchange {
  room = WINDOW;
  /** Whether the other side takes no more of the body. */
  sunk = false;
  head = undefined;
  /** The name of an error code, where there is no answer. */
  failed = undefined;
  broken = false;
  #pieces = [];
  #ended = false;
  #pulled = false;
  #finished = false;
  #dropped = false;

  constructor(id, link) {
    this.id = id;
    this.link = link;
  }

  // What the guest does.
  write(bytes) {
    if (bytes.length === 0) return;
    this.room -= bytes.length;
    // Copied: the memory is the guest's again when this returns.
    this.link.write(this.id, new Uint8Array(bytes));
  }
  finish() {
    this.#finished = true;
    this.link.finish(this.id);
  }
  abandon() {
    if (this.#finished) return;
    this.sunk = true;
    this.link.abandon(this.id);
  }
  answered() {
    return this.head !== undefined || this.failed !== undefined;
  }
  /** At most `most` bytes; none: there are none yet; undefined: that was all. */
  read(most) {
    const [first] = this.#pieces;
    if (first !== undefined) {
      const piece = first.subarray(0, most);
      if (piece.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(piece.length);
      return piece;
    }
    if (this.#ended || this.broken) return undefined;
    this.#pull();
    return new Uint8Array(0);
  }
  readable() {
    if (this.#pieces.length > 0 || this.#ended || this.broken) return true;
    this.#pull();
    return false;
  }
  drop() {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#pieces = [];
    this.link.drop(this.id);
  }
  #pull() {
    if (this.#pulled || this.#dropped) return;
    this.#pulled = true;
    this.link.pull(this.id);
  }

  // What the other side tells.
  answer({ status, headers, body }) {
    const dropped = () => { if (!this.consumed) this.drop(); };
    this.head = { status, headers, exchange: this, dropped };
    if (body?.length > 0) this.#pieces.push(body);
    if (body !== undefined) this.#ended = true;
  }
  fail(code) { this.failed = code; this.sunk = true; }
  more(count) { this.room += count; }
  sink() { this.sunk = true; }
  piece(bytes) { this.#pulled = false; if (!this.#dropped && bytes.length > 0) this.#pieces.push(bytes); }
  end() { this.#ended = true; }
  breakOff() { this.broken = true; }
}
