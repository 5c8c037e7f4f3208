// What the calls of one action may send: its description, and what the embedder's
// policy leaves of it. As the Rust host's `policy/`, in the same words.
//
// What must stay true: nothing is allowed that no rule names; `/oauth/` is never
// allowed; a path that servers may read in two ways matches nothing.

import { parseOrigin } from "./origin.mjs";

const LONGEST_ID = 20;

/** What a refusal says of content on the account's own server. */
export const NOT_CONTENT = "none: what stands on the account's own server is read by the rules for the account, and is never content, wherever its URL came from";

/** Whether a path fits a pattern, in which `{id}` stands for one or more digits. */
export function matches(pattern, path) {
  const [first, ...pieces] = pattern.split("{id}");
  if (!path.startsWith(first)) return false;
  let rest = path.slice(first.length);
  for (const piece of pieces) {
    const digits = /^[0-9]*/.exec(rest)[0].length;
    if (digits === 0 || digits > LONGEST_ID || !rest.startsWith(piece, digits)) return false;
    rest = rest.slice(digits + piece.length);
  }
  return rest === "";
}

/** The pattern that fits a path: what fills a segment as an id does becomes `{id}`. */
export function generalised(path) {
  return path.split("/").map((segment) => segment.replace(/^[0-9]{1,20}(?=\.|$)/, "{id}")).join("/");
}

/** Why a path is refused before any rule: it can be read in two ways, or is never allowed. */
export function checkPath(path) {
  const segments = path.split("/");
  const ambiguous = !/^\/[A-Za-z0-9/._~-]*$/.test(path) || path.includes("//") || segments.some((it) => it === "." || it === "..");
  if (ambiguous) return "ambiguous_path";
  const first = segments[1].toLowerCase();
  return first === "oauth" || first.startsWith("oauth.") ? "never_allowed" : undefined;
}

const RULE = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/.*)$/;

/** Reads a rule such as `GET /api/v4/contacts/{id}.json`, or an object of method and path. */
function readRule(rule) {
  const text = typeof rule === "string" ? rule : `${rule?.method} ${rule?.path}`;
  const [, method, path] = RULE.exec(text) ?? [];
  const plain = path?.replaceAll("{id}", "0");
  if (!path || checkPath(plain) || /\{id\}[0-9{]/.test(path)) {
    throw new TypeError("a rule is a method and a path, such as `GET /api/v4/contacts/{id}.json`");
  }
  return { method, path };
}

/**
 * Reads the embedder's policy. `allow`: the API requests that are allowed; absent,
 * what an action describes. `contentOrigins`: what content may be fetched from.
 */
export function readPolicy({ allow, contentOrigins = [], ...more }) {
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) throw new TypeError(`a policy has no member \`${unknown}\`; it has \`allow\` and \`contentOrigins\``);
  return { allow: allow?.map(readRule), contentOrigins: contentOrigins.map((text) => parseOrigin(text, true).text) };
}

export class Rules {
  /** `policy` is what `readPolicy` gives. */
  constructor(description, { allow, contentOrigins }) {
    this.requests = description.requests;
    this.grants = description.grants ?? [];
    this.content = description.content === true;
    this.allow = allow;
    this.contentOrigins = contentOrigins;
  }

  /** Why a request to the account is denied; undefined where it is allowed. */
  checkApi(method, path) {
    const reason = checkPath(path);
    if (reason) return { reason, rule: "none: this is never allowed" };
    const fits = (rules) => rules.some((rule) => rule.method === method && matches(rule.path, path));
    const pattern = generalised(path);
    if (!fits(this.requests)) {
      return { reason: "not_described", rule: `requests = [{ method = "${method}", path = "${pattern}" }]` };
    }
    if (this.allow && !fits(this.allow)) return { reason: "not_allowed", rule: `allow = ["${method} ${pattern}"]` };
    return undefined;
  }

  /** Why content may not be fetched from an origin. */
  checkContent(method, origin) {
    if (method !== "GET" && method !== "HEAD") {
      return { reason: "other_origin", rule: "none: requests go to the connection's own origin, to URLs that Clio gave in this call, and with GET or HEAD to the policy's content_origins" };
    }
    if (!this.content) return { reason: "not_described", rule: "content = true" };
    if (!this.contentOrigins.includes(origin.text)) {
      return { reason: "content_origin", rule: `content_origins = ["${origin.text}"]` };
    }
    return undefined;
  }

  /** The grants that an answer to a request may give. */
  grantsOf(method, path) {
    return this.grants.filter((grant) => grant.method === method && matches(grant.path, path));
  }
}
