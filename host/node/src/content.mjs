// Local content of one call, under a secret name, and what its caller named on the
// account's own server: as the Rust host's `egress/content.rs` and `local.rs`.
//
// What must stay true: a guest reaches only what its caller named for this call,
// and never by a path; what was announced is delivered, or the body breaks off.

import { field } from "./headers.mjs";
import { Origin, OriginError, readAuthority } from "./origin.mjs";

const HOST = "content.invalid";
const MOST = 1024;
/** Deeper than this no input is taken. */
const DEEPEST = 64;

/** Content that a call may read. `open(from, to)` gives its bytes as an async iterable. */
export class LocalContent {
  constructor({ length, mediaType, sha256, open, close }) {
    Object.assign(this, { length, mediaType, sha256, open, close });
  }
}

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class CallContent {
  #named = new Map();
  #onAccount = new Set();

  constructor(account) { this.account = account; }

  /** The input with a URL in the place of each local content. */
  lend(input, depth = 0) {
    if (input instanceof LocalContent) return this.#name(input);
    if (input === null || typeof input !== "object" || depth > DEEPEST) return input;
    const lend = (member) => this.lend(member, depth + 1);
    if (Array.isArray(input)) return input.map(lend);
    return Object.fromEntries(Object.entries(input).map(([name, member]) => [name, lend(member)]));
  }

  #name(content) {
    if (this.#named.size >= MOST) throw new TypeError(`a call takes at most ${MOST} pieces of content; make several calls`);
    const name = random();
    this.#named.set(`/${name}`, content);
    return {
      source: { url: `http://${HOST}/${name}` },
      length: content.length,
      ...(content.mediaType && { media_type: content.mediaType }),
      ...(content.sha256 && { sha256: content.sha256 }),
    };
  }

  /** Notes the URLs of an input that lead to the account's own server. */
  note(input, anywhere) {
    if (typeof input === "string") {
      if (anywhere) this.#noteUrl(input);
    } else if (Array.isArray(input)) {
      for (const item of input) this.note(item, anywhere);
    } else if (input !== null && typeof input === "object") {
      for (const [name, member] of Object.entries(input)) this.note(member, anywhere || name === "url");
    }
  }

  /** Read generously, unlike everything that is sent: a component may have read it so. */
  #noteUrl(text) {
    const [, schemeText, rest] = /^[\s\p{Cc}]*(https?):[/\\]*([^]*?)[\s\p{Cc}]*$/iu.exec(text) ?? [];
    if (schemeText === undefined) return;
    const scheme = schemeText.toLowerCase();
    const [, written, path] = /^([^/\\?#]*)([^]*)$/.exec(rest);
    const authority = written.split("@").at(-1).replaceAll(".:", ":").replace(/[.:]+$/, "");
    try {
      const origin = new Origin(scheme, ...readAuthority(authority, scheme));
      if (this.account.sharesServer(origin)) this.#onAccount.add(path.split(/[?#]/)[0].replaceAll("\\", "/"));
    } catch (error) {
      if (!(error instanceof OriginError)) throw error;
    }
  }

  /** Every content that was lent to the call. */
  lent() { return [...this.#named.values()]; }

  /** Whether the caller named what stands at a path of the account. */
  isNamed(path) { return this.#onAccount.has(path); }

  /** Whether a request is for local content of this call or another. */
  isMeant({ origin }) { return origin.host === HOST; }

  /** Answers a request for local content, as a small HTTP server would. */
  answer(method, { origin, path, query }, headers) {
    const plain = origin.scheme === "http" && origin.port === 80 && query === undefined;
    const content = plain ? this.#named.get(path) : undefined;
    const refusal = (status, ...more) => ({ status, headers: [["content-length", "0"], ...more], body: [] });
    if (!content) return refusal(404);
    if (method !== "GET" && method !== "HEAD") return refusal(405, ["allow", "GET, HEAD"]);
    const asked = method === "GET" ? askedRange(field(headers, "range"), content.length) : undefined;
    const [from, to] = asked ?? [0, content.length];
    if (asked && from >= to) return refusal(416, ["content-range", `bytes */${content.length}`]);
    const fields = [["content-length", String(to - from)], ["accept-ranges", "bytes"]];
    if (asked) fields.push(["content-range", `bytes ${from}-${to - 1}/${content.length}`]);
    if (content.mediaType) fields.push(["content-type", content.mediaType]);
    return { status: asked ? 206 : 200, headers: fields, body: method === "HEAD" ? [] : content.open(from, to) };
  }

  async close() {
    const contents = [...this.#named.values()];
    this.#named.clear();
    await Promise.allSettled(contents.map((content) => content.close?.()));
  }
}

/** The one range that a request asks for; undefined: all of it. */
function askedRange(value, length) {
  const [, first, last] = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/.exec(value ?? "") ?? [];
  if (first === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return [Math.max(0, length - Number(last)), length];
  if (last === "") return [Number(first), length];
  return Number(first) <= Number(last) ? [Number(first), Math.min(Number(last) + 1, length)] : undefined;
}
