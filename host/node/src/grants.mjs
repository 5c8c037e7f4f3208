// URLs that Clio gave to one call, and what may be done with them: as the Rust
// host's `egress/grants.rs`.
//
// What must stay true: a grant comes only from an answer to an allowed request of
// the account; it is compared byte for byte; it ends with the call; nothing sent
// under it carries a credential.

import { field } from "./headers.mjs";
import { Destination } from "./origin.mjs";

const MOST_OF_ONE_ANSWER = 1024;
const MOST = 4096;

/** The texts at a JSON Pointer, in which `*` stands for every element. */
function texts(value, segments) {
  if (segments.length === 0) return typeof value === "string" ? [value] : [];
  const [first, ...rest] = segments;
  if (Array.isArray(value)) {
    if (first === "*") return value.flatMap((element) => texts(element, rest));
    return /^[0-9]+$/.test(first) ? texts(value[first], rest) : [];
  }
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, first)) return [];
  return texts(value[first], rest);
}

const unescape = (segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~");

export class Grants {
  #granted = new Set();

  /** Whether exactly this URL and method was granted. */
  allows(method, destination) {
    return this.#granted.has(`${method} ${destination.url}`);
  }

  /** Takes in what an answer of the account grants by the given rules. */
  learn(rules, account, { headers, body }) {
    let answer;
    for (const { header, member, allows } of rules) {
      if (header) {
        this.#add(allows, field(headers, "location"), account);
        continue;
      }
      try {
        answer ??= JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
      } catch {
        continue; // The action will say what is wrong with it.
      }
      const found = texts(answer, member.split("/").slice(1).map(unescape));
      for (const url of found.slice(0, MOST_OF_ONE_ANSWER)) this.#add(allows, url, account);
    }
  }

  #add(method, url, account) {
    const destination = url === undefined ? undefined : grantable(url, account);
    if (!destination || this.allows(method, destination)) return;
    if (this.#granted.size === MOST) this.#granted.delete(this.#granted.values().next().value);
    this.#granted.add(`${method} ${destination.url}`);
  }
}

/** A URL over TLS, or on this machine when the account is; none on the account's server. */
function grantable(url, account) {
  const destination = Destination.parse(url);
  if (!destination || account.sharesServer(destination.origin)) return undefined;
  const { isLoopback, isTls } = destination.origin;
  const fits = account.isLoopback ? isLoopback || isTls : !isLoopback && isTls;
  return fits ? destination : undefined;
}
