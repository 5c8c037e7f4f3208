// Origins, read strictly: as the Rust host's `origin.rs` and
// `origin/authority.rs`, in the same words.
//
// Allow-lists fail where two readers of one URL disagree, so there is one reader
// here, and what it does not fully understand it refuses. Two origins have the
// same `text` exactly when a request to one may carry the other's credential.

import { isLoopback, ipv4, ipv6 } from "./address.mjs";

export const CLIO_ORIGINS = ["https://app.clio.com", "https://eu.app.clio.com", "https://ca.app.clio.com", "https://au.app.clio.com"];

/** What a path and query may hold: no space, no control, nothing beyond ASCII, no fragment. */
const PATH = /^\/[\x21-\x22\x24-\x7e]*$/;
const PORTS = { http: 80, https: 443 };
const REASONS = {
  scheme: "the scheme is neither http nor https",
  noHost: "there is no host",
  userInfo: "a user name stands before the host; remove everything up to the `@`",
  percent: "the host is percent-encoded; write it plainly",
  dot: "the host ends with a dot; remove it",
  numeric: "the host is a number that is no plain IPv4 address",
  ipv6: "the host is no plain IPv6 address",
  characters: "the host holds a character that no host name has; write it in ASCII (punycode)",
  length: "the host or one of its labels is empty or too long",
  port: "the port is no plain number from 1 to 65535",
};

/** A URL or origin that is not plain. */
export class OriginError extends Error {}
const refuse = (reason) => { throw new OriginError(REASONS[reason]); };

/** A scheme, a host and a port. */
export class Origin {
  constructor(scheme, host, port) {
    Object.assign(this, { scheme, host, port });
    this.authority = port === PORTS[scheme] ? host : `${host}:${port}`;
    this.text = `${scheme}://${this.authority}`;
  }
  get isTls() { return this.scheme === "https"; }
  get isLoopback() { return this.host === "localhost" || isLoopback(this.host); }

  /** Whether the other is on the same server, however it is written. */
  sharesServer(other) {
    const [ours, theirs] = [plain(this.host), plain(other.host)];
    return isThisMachine(ours) && isThisMachine(theirs) ? this.port === other.port : ours === theirs;
  }
}

/** An IPv4 address that was written as an IPv6 one, for what it is. */
function plain(host) {
  const address = ipv6(host);
  if (address === undefined || address === 1n) return host;
  const high = address >> 32n;
  if (high !== 0n && high !== 0xffffn) return host;
  const low = Number(address & 0xffffffffn);
  return [24, 16, 8, 0].map((shift) => (low >>> shift) & 0xff).join(".");
}

function isThisMachine(host) {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isLoopback(host) || ipv4(host) === 0 || ipv6(host) === 0n;
}

/** Reads `host` or `host:port`. */
export function readAuthority(text, scheme) {
  if (text.includes("@")) refuse("userInfo");
  if (text.includes("%")) refuse("percent");
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    const host = end < 0 ? undefined : canonicalIpv6(text.slice(1, end));
    if (host === undefined) refuse("ipv6");
    const after = text.slice(end + 1);
    if (after !== "" && after[0] !== ":") refuse("ipv6");
    return [host, after === "" ? PORTS[scheme] : readPort(after.slice(1))];
  }
  const colon = text.indexOf(":");
  const port = colon < 0 ? PORTS[scheme] : readPort(text.slice(colon + 1));
  return [readName(colon < 0 ? text : text.slice(0, colon)), port];
}

function canonicalIpv6(text) {
  const address = ipv6(`[${text}]`);
  if (address === undefined) return undefined;
  return new URL(`http://[${text}]`).hostname;
}

function readPort(text) {
  if (!/^[1-9][0-9]{0,4}$/.test(text) || Number(text) > 65535) refuse("port");
  return Number(text);
}

function readName(host) {
  if (host === "") refuse("noHost");
  if (host.endsWith(".")) refuse("dot");
  if (ipv4(host) !== undefined) return host;
  if (!/^[A-Za-z0-9._-]+$/.test(host)) refuse("characters");
  if (host.length > 253) refuse("length");
  const labels = host.split(".");
  for (const label of labels) {
    if (label === "" || label.length > 63) refuse("length");
    if (/^-|-$/.test(label)) refuse("characters");
  }
  // The last label decides whether resolvers read a number.
  if (/^(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1))) refuse("numeric");
  return host.toLowerCase();
}

function readScheme(text) {
  const scheme = text.toLowerCase();
  return Object.hasOwn(PORTS, scheme) ? scheme : refuse("scheme");
}

/** The origin of a connection: one of Clio's regions, this machine, or one that is allowed by name. */
export function parseOrigin(text, allowed = false) {
  const [, schemeText, rest] = /^(.*?):\/\/(.*)$/s.exec(String(text))
    ?? (() => { throw new OriginError("an origin begins with a scheme, such as https://app.clio.com"); })();
  const scheme = readScheme(schemeText);
  if (/[/\\?#]/.test(rest)) throw new OriginError("an origin ends after the host and port: no slash, path or query; write https://app.clio.com");
  const origin = new Origin(scheme, ...readAuthority(rest, scheme));
  if (!origin.isTls && !origin.isLoopback) {
    if (allowed) throw new OriginError("an origin on another machine must use https");
  }
  if (!allowed && !origin.isLoopback && !CLIO_ORIGINS.includes(origin.text)) {
    throw new OriginError(`${origin.text} is none of Clio's regions (${CLIO_ORIGINS.join(", ")}) and not on this machine; to send a token there all the same, allow the origin explicitly`);
  }
  return origin;
}

/** Where one request goes: path and query are its own, byte for byte. */
export class Destination {
  constructor(origin, path, query) {
    Object.assign(this, { origin, path, query });
    this.url = `${origin.text}${path}${query === undefined ? "" : `?${query}`}`;
  }

  static of({ scheme, authority, path }) {
    const read = readScheme(scheme);
    const [host, port] = readAuthority(authority, read);
    const target = path === "" ? "/" : path;
    if (!PATH.test(target)) throw new OriginError("the path holds a character that no URL has");
    const at = target.indexOf("?");
    return at < 0
      ? new Destination(new Origin(read, host, port), target)
      : new Destination(new Origin(read, host, port), target.slice(0, at), target.slice(at + 1));
  }

  /** Reads a URL; undefined where it is not plain or has a fragment. */
  static parse(url) {
    const [, scheme, authority, path] = /^([A-Za-z]+):\/\/([^/?#]*)([^#]*)$/.exec(url) ?? [];
    if (scheme === undefined) return undefined;
    try {
      return Destination.of({ scheme, authority, path: path.startsWith("?") ? `/${path}` : path });
    } catch (error) {
      if (error instanceof OriginError) return undefined;
      throw error;
    }
  }
}
