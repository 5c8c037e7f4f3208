// Which addresses may be dialled: as the Rust host's `egress/address.rs`.
//
// A name says nothing about where it leads, so the rule is about the address that
// is dialled, after resolution. What must stay true: for requests to the world
// only global unicast addresses pass, and none that carries an IPv4 address
// inside; for a sandbox on this machine only this machine's own addresses pass.
//
// Source of the ranges: IANA's special-purpose address registries (RFC 6890).

const SPECIAL_V4 = [
  ["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["168.63.129.16", 32], ["169.254.0.0", 16],
  ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24], ["192.88.99.0", 24], ["192.168.0.0", 16],
  ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 4], ["240.0.0.0", 4],
].map(([network, length]) => [ipv4(network), 2 ** (32 - length)]);

const SPECIAL_V6 = [
  [0x2001n << 112n, 23n], [(0x2001n << 112n) | (0xdb8n << 96n), 32n], [0x2002n << 112n, 16n], [0x3fffn << 112n, 20n],
];

/** An IPv4 address in four decimal parts without leading zeros, as a number. */
export function ipv4(text) {
  if (!/^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((all, part) => all * 256 + part, 0);
}

/** An IPv6 address, with or without brackets, as a bigint. */
export function ipv6(text) {
  const bare = text.replace(/^\[(.*)\]$/s, "$1");
  if (!/^[0-9A-Fa-f:.]+$/.test(bare) || !bare.includes(":")) return undefined;
  let canonical;
  try {
    canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
  const [head, tail] = canonical.split("::").map((half) => half.split(":").filter(Boolean));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  return groups.reduce((all, group) => (all << 16n) | BigInt(`0x${group}`), 0n);
}

/** Whether an address is this machine's own. */
export function isLoopback(text) {
  const address = ipv4(text);
  return address === undefined ? ipv6(text) === 1n : Math.floor(address / 2 ** 24) === 127;
}

function isGlobalV4(address) {
  return !SPECIAL_V4.some(([network, size]) => Math.floor(address / size) === network / size);
}

function isGlobalV6(address) {
  // Everything assigned for global unicast lies in 2000::/3.
  if (address >> 125n !== 1n) return false;
  // ISATAP carries an IPv4 address in its interface identifier.
  const identifier = (address & ((1n << 64n) - 1n)) >> 32n;
  if (identifier === 0x5efen || identifier === 0x02005efen) return false;
  return !SPECIAL_V6.some(([network, length]) => address >> (128n - length) === network >> (128n - length));
}

/** Whether a request of this reach, `world` or `this_machine`, may dial an address. */
export function permits(reach, address) {
  if (reach === "this_machine") return isLoopback(address);
  const v4 = ipv4(address);
  if (v4 !== undefined) return isGlobalV4(v4);
  const v6 = ipv6(address);
  return v6 !== undefined && isGlobalV6(v6);
}
