// Which header fields a guest may set: the lists of the Rust host's
// `egress/headers.rs`, whose reasons stand there.
//
// What must stay true: an `Authorization` that a guest made never leaves; a
// field is forbidden in every spelling that some server takes for it, `_` for
// `-` among them. Names are in lower case here.

const FORBIDDEN_PREFIXES = ["proxy-", "x-forwarded-", "sec-"];
const FORBIDDEN = new Set([
  "authorization", "cookie", "cookie2", "set-cookie", "host", "connection", "keep-alive", "transfer-encoding",
  "te", "trailer", "upgrade", "http2-settings", "expect", "via", "forwarded", "x-real-ip", "x-client-ip", "x-host",
  "x-original-host", "x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override",
  "x-method-override", "true-client-ip", "alt-used",
]);
const FOR_ACCOUNT = new Set([
  "accept", "accept-language", "content-length", "content-type", "if-match", "if-modified-since", "if-none-match",
  "if-unmodified-since", "range", "user-agent", "x-api-version",
]);
const FOR_CONTENT = new Set([
  "accept", "accept-encoding", "accept-language", "content-length", "if-match", "if-modified-since",
  "if-none-match", "if-range", "if-unmodified-since", "range", "user-agent",
]);
const METADATA = ["x-amz-meta-", "x-goog-meta-", "x-ms-meta-"];

/** Whether guests may neither set nor see a field. */
export function isForbidden(name) {
  const plain = name.replaceAll("_", "-");
  return FORBIDDEN.has(plain) || FORBIDDEN_PREFIXES.some((prefix) => plain.startsWith(prefix));
}

/** Whether a request of a route may have a field. Clio signs what storage gets. */
export const MAY = {
  account: (name) => FOR_ACCOUNT.has(name),
  content: (name) => FOR_CONTENT.has(name),
  granted: (name) => !name.includes("_") || METADATA.some((prefix) => name.startsWith(prefix)),
};

/** The one value of a field, in lower case; undefined where there is none. */
export function field(headers, name) {
  return headers.find(([given]) => given === name)?.[1];
}

/** The length that a message announces; undefined for none, null for no plain one. */
export function contentLength(headers) {
  const values = headers.filter(([name]) => name === "content-length").map(([, value]) => value);
  if (values.length === 0) return undefined;
  const length = Number(values[0]);
  return values.length === 1 && /^[0-9]+$/.test(values[0]) && Number.isSafeInteger(length) ? length : null;
}
