// When a request is sent again: as the Rust host's `egress/retry.rs`, and what an
// answer says about the rate limit, as `budget/signals.rs`.
//
// What must stay true: a request other than GET and HEAD is sent again only when
// Clio refused it for its limit, or when not one byte of it was written.

const ATTEMPTS = 3;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 3000;
const LONGEST_WAIT = 3_600_000;
const SHORTEST_WAIT = 1000;
const SEARCHED = 4096;

/** Errors after which another attempt would end the same way. */
const SETTLED = new Set([
  "destination-IP-prohibited", "HTTP-request-denied", "HTTP-request-URI-invalid", "HTTP-request-body-size",
  "HTTP-response-body-size", "TLS-certificate-error", "configuration-error",
]);

/** The attempts at one request. */
export class Attempts {
  #made = 0;
  /** `patience`: the longest pause in milliseconds that a refusal may ask for. */
  constructor(method, patience) {
    this.reads = method === "GET" || method === "HEAD";
    this.patience = patience;
  }

  /** After how many milliseconds to send again; undefined: not at all. */
  afterAnswer(status, headers, body) {
    this.#made++;
    const { limited, retryAfter } = signal(status, headers, body);
    return limited || (this.reads && status >= 500) ? this.#again(retryAfter ?? 0) : undefined;
  }

  afterFailure({ code, unsent }) {
    this.#made++;
    if (SETTLED.has(code)) return undefined;
    return this.reads || unsent ? this.#again(0) : undefined;
  }

  #again(asked) {
    if (this.#made >= ATTEMPTS || asked > this.patience) return undefined;
    const bound = Math.min(FIRST_PAUSE * 2 ** (this.#made - 1), LONGEST_PAUSE);
    return asked + bound * Math.random();
  }
}

/** What an answer says about the rate limit. */
export function signal(status, headers, body) {
  const field = (name) => headers.find(([given]) => given === name)?.[1].trim();
  const text = body.length > 0 ? new TextDecoder().decode(body.subarray(0, SEARCHED)) : "";
  const wrapped = body.length <= SEARCHED ? wrappedRefusal(text) : undefined;
  const limited = status === 429 || wrapped !== undefined;
  if (!limited && status !== 503) return { limited };
  const now = Date.parse(field("date") ?? "") || Date.now();
  let wait = inField(field("retry-after"), now) ?? inWords(wrapped ?? text);
  if (wait !== undefined) wait = Math.max(Math.min(wait, LONGEST_WAIT), limited ? SHORTEST_WAIT : 0);
  return { limited, retryAfter: wait };
}

/** `Retry-After`, in seconds or as an HTTP date; one in the past means now. */
function inField(value, now) {
  if (value === undefined) return undefined;
  if (/^[0-9]+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** `Retry in N seconds`, as Clio's 429 says it in words. */
function inWords(text) {
  const [, seconds] = /retry in ([0-9]+) second/i.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** The text of a refusal that came with base64 inside, as seen in the field. */
function wrappedRefusal(text) {
  if (!text.includes("encodingDecoded")) return undefined;
  try {
    const { metadata, data } = JSON.parse(text);
    if (typeof metadata?.encodingDecoded !== "string") return undefined;
    const words = atob(data);
    return words.includes("RateLimited") ? words : undefined;
  } catch {
    return undefined;
  }
}
