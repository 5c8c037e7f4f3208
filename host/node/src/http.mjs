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
import { Readable } from "node:stream";
import { permits } from "./address.mjs";

/**
 * How long a connection is kept without a request, in milliseconds. Servers
 * commonly close after a minute; one that we close first is never closed under us.
 */
const IDLE = 45_000;

/** The most bytes of an answer's head. */
const HEAD_BYTES = 64 * 1024;

const error = (code, message) => Object.assign(new Error(message), { code });

/** Looks a name up, and refuses the addresses that the reach does not permit. */
function lookup(reach) {
  return (host, options, done) => {
    dns.lookup(host, { ...options, all: true }, (failed, addresses) => {
      if (failed) return done(failed);
      const permitted = addresses.filter(({ address }) => permits(reach, address));
      if (permitted.length === 0) return done(error("CLIO_ADDRESS", "the address behind the name is private, local or reserved"));
      return options.all ? done(null, permitted) : done(null, permitted[0].address, permitted[0].family);
    });
  };
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
    const fields = headers.flatMap(([name, value]) => [name, value]);
    if (!headers.some(([name]) => name === "content-length") && body !== undefined) fields.push("content-length", String(length));
    fields.push("host", target.host);
    const request = (target.protocol === "https:" ? https : http).request({
      protocol: target.protocol,
      hostname: target.hostname.replace(/^\[|\]$/g, ""),
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
      const list = [];
      for (let n = 0; n < answer.rawHeaders.length; n += 2) list.push([answer.rawHeaders[n], answer.rawHeaders[n + 1]]);
      resolve({ status: answer.statusCode, headers: list, body: answer });
    });
    request.on("error", (failed) => { connected(); reject(failed); });
    request.on("close", connected);
    if (body === undefined || body instanceof Uint8Array) return request.end(body);
    const source = Readable.from(body, { objectMode: false, highWaterMark: 64 * 1024 });
    source.on("error", (failed) => request.destroy(failed));
    request.on("close", () => source.destroy());
    return source.pipe(request);
  });
  send.close = () => { for (const it of Object.values(agents)) it.destroy(); };
  return send;
}
