// The HTTP capability over Node.js. One is a function that takes a
// request and gives its answer: see `HttpRequest` and `HttpResponse` in the types.
//
// What an HTTP capability is relied on for: it connects to no address that the
// request's `reach` does not permit, and over TLS where the URL says `https`; it
// sends a request once, as it stands, follows no redirect, adds no cookie, and
// decodes no content; `unsent` on its error says honestly that not one byte was
// written, since such a request is sent again, even a write.

import http from "node:http";
import https from "node:https";
import dns from "node:dns";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { permits } from "./address.mjs";

/**
 * How long a connection is kept without a request, in milliseconds. Servers
 * commonly close after a minute; one that we close first is never closed under us.
 */
const IDLE = 45_000;

/** The most bytes of an answer's head. */
const HEAD_BYTES = 64 * 1024;

/** What frames a message: it is said here alone, by what is sent. */
const FRAMING = ["content-length", "transfer-encoding"];
/** What says so where it has no body (RFC 9110, 8.6). */
const WITH_BODY = ["POST", "PUT", "PATCH"];
const OTHER_SIZE = "the body is not as long as was announced";

const error = (code, message) => Object.assign(new Error(message), { code });

const prohibited = () => error("CLIO_ADDRESS", "the address is private, local or reserved");

/** Looks a name up, and refuses the addresses that the reach does not permit. */
function lookup(reach) {
  return (host, options, done) => {
    dns.lookup(host, { ...options, all: true }, (failed, addresses) => {
      if (failed) return done(failed);
      const permitted = addresses.filter(({ address }) => permits(reach, address));
      if (permitted.length === 0) return done(prohibited());
      return options.all ? done(null, permitted) : done(null, permitted[0].address, permitted[0].family);
    });
  };
}

/** The pieces of a body that has the length which was announced. */
async function* exactly(body, length) {
  let left = length;
  for await (const piece of body) {
    if ((left -= piece.length) < 0) break;
    yield piece;
  }
  if (left !== 0) throw error("CLIO_BODY_SIZE", OTHER_SIZE);
}

/** Sends over `node:http` and `node:https`, on connections that are kept. */
export function nodeHttp({ maxSockets = 32, ca } = {}) {
  const settings = { keepAlive: true, maxSockets, maxFreeSockets: 8, scheduling: "lifo", timeout: IDLE };
  // A connection that was allowed to this machine is never reused for the world.
  const agents = {};
  const agent = (protocol, reach) => (agents[`${protocol} ${reach}`] ??= protocol === "https:"
    ? new https.Agent({ ...settings, ca, rejectUnauthorized: true, lookup: lookup(reach) })
    : new http.Agent({ ...settings, lookup: lookup(reach) }));

  const send = ({ method, url, headers, body, length, reach, signal, timeouts }) => new Promise((resolve, reject) => {
    const target = new URL(url);
    // What the URL comes to, whatever it is written as; no address in it is looked up.
    const host = target.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) && !permits(reach, host)) throw prohibited();
    const announced = body === undefined ? 0 : length;
    if (body instanceof Uint8Array && body.length !== announced) throw error("CLIO_BODY_SIZE", OTHER_SIZE);
    const fields = headers.filter(([name]) => !FRAMING.includes(name.toLowerCase())).flatMap(([name, value]) => [name, value]);
    if (body !== undefined || WITH_BODY.includes(method)) fields.push("content-length", String(announced));
    fields.push("host", target.host);
    const request = (target.protocol === "https:" ? https : http).request({
      protocol: target.protocol,
      hostname: host,
      port: target.port,
      // Byte for byte, as it was compared.
      path: url.slice(url.indexOf("/", url.indexOf("//") + 2)),
      method,
      headers: fields,
      maxHeaderSize: HEAD_BYTES,
      signal,
      agent: agent(target.protocol, reach),
    });
    let timer;
    const connected = () => clearTimeout(timer);
    request.on("socket", (socket) => {
      if (!socket.connecting) return;
      timer = setTimeout(() => request.destroy(error("CLIO_CONNECT_TIMEOUT", "the connection timed out")), timeouts.connect);
      socket.once(target.protocol === "https:" ? "secureConnect" : "connect", connected);
    });
    request.on("response", (answer) => {
      // A connection whose answer came before the whole request was sent serves no other:
      // what is left of the one request would be read as the next.
      if (!request.writableFinished) request.prependListener("finish", () => {
        request.shouldKeepAlive = false;
        if (answer.readableEnded) request.socket.destroySoon();
      });
      const list = [];
      for (let n = 0; n < answer.rawHeaders.length; n += 2) list.push([answer.rawHeaders[n], answer.rawHeaders[n + 1]]);
      resolve({ status: answer.statusCode, headers: list, body: answer });
    });
    request.on("error", (failed) => { connected(); reject(failed); });
    request.on("close", connected);
    if (body === undefined || body instanceof Uint8Array) return request.end(body);
    const source = Readable.from(exactly(body, announced), { objectMode: false, highWaterMark: 64 * 1024 });
    source.on("error", (failed) => request.destroy(failed));
    request.on("close", () => source.destroy());
    return source.pipe(request);
  });
  send.close = () => { for (const it of Object.values(agents)) it.destroy(); };
  return send;
}
