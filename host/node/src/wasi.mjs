// WASI as far as the actions import it, given to a core module: signatures as
// the canonical ABI lowers them. One of these belongs to one call.
//
// Only two imports wait, `poll` and `pollable.block`; all others return at once.
// How the two wait is the engine's: each is a `wait`, which returns a promise, or
// nothing when there is nothing to wait for, and a `done`, which runs after it.

import { layout, Memory, store } from "./abi.mjs";
import { Exchange } from "./exchange.mjs";
import { beyond, HostFailure } from "./error.mjs";
import { isForbidden } from "./headers.mjs";

const text = { option: "string" };
const fieldSize = { record: [["field_name", text], ["field_size", { option: "u32" }]] };
const ERROR_CODE = layout({ variant: [
  ["DNS-timeout", null], ["DNS-error", { record: [["rcode", text], ["info_code", { option: "u16" }]] }],
  ["destination-not-found", null], ["destination-unavailable", null], ["destination-IP-prohibited", null],
  ["destination-IP-unroutable", null], ["connection-refused", null], ["connection-terminated", null],
  ["connection-timeout", null], ["connection-read-timeout", null], ["connection-write-timeout", null],
  ["connection-limit-reached", null], ["TLS-protocol-error", null], ["TLS-certificate-error", null],
  ["TLS-alert-received", { record: [["alert_id", { option: "u8" }], ["alert_message", text]] }],
  ["HTTP-request-denied", null], ["HTTP-request-length-required", null],
  ["HTTP-request-body-size", { option: "u64" }], ["HTTP-request-method-invalid", null],
  ["HTTP-request-URI-invalid", null], ["HTTP-request-URI-too-long", null],
  ["HTTP-request-header-section-size", { option: "u32" }], ["HTTP-request-header-size", { option: fieldSize }],
  ["HTTP-request-trailer-section-size", { option: "u32" }], ["HTTP-request-trailer-size", fieldSize],
  ["HTTP-response-incomplete", null], ["HTTP-response-header-section-size", { option: "u32" }],
  ["HTTP-response-header-size", fieldSize], ["HTTP-response-body-size", { option: "u64" }],
  ["HTTP-response-trailer-section-size", { option: "u32" }], ["HTTP-response-trailer-size", fieldSize],
  ["HTTP-response-transfer-coding", text], ["HTTP-response-content-coding", text], ["HTTP-response-timeout", null],
  ["HTTP-upgrade-failed", null], ["HTTP-protocol-error", null], ["loop-detected", null],
  ["configuration-error", null], ["internal-error", text],
] });
/** What the cases with a payload are given: none of it says anything here. */
const PAYLOAD = { "DNS-error": {}, "HTTP-request-body-size": null, "HTTP-response-body-size": null, "internal-error": null };

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const [INVALID_SYNTAX, FORBIDDEN] = [0, 1];
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[^\0\r\n]*$/;
const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const unlatin1 = (value) => Uint8Array.from(value, (c) => c.charCodeAt(0));
const utf8 = new TextEncoder();

/** The time that pollables keep, in milliseconds. */
const now = () => performance.now();
const milliseconds = (nanoseconds) => Number(BigInt.asUintN(64, nanoseconds)) / 1e6;

/** The handles of one call. */
class Table {
  #items = [undefined];
  #free = [];
  #open = 0;
  constructor(limit) { this.limit = limit; }
  add(item) {
    if (++this.#open > this.limit) {
      throw beyond("handles", "has more WASI resources open at once", this.limit);
    }
    const handle = this.#free.pop() ?? this.#items.length;
    this.#items[handle] = item;
    return handle;
  }
  get(handle) {
    const item = this.#items[handle];
    if (item === undefined) throw new HostFailure("trap", "the action stopped: it used a handle that it does not hold");
    return item;
  }
  take(handle) {
    const item = this.get(handle);
    this.#items[handle] = undefined;
    this.#free.push(handle);
    this.#open--;
    return item;
  }
}

/**
 * The imports of one call. `link` carries exchanges to egress ([`Relay`]), and
 * `pause` waits for news of one of them, or for a time.
 */
export function wasi({ account, limits, link, pause }) {
  let m;
  let ids = 0;
  const exchanges = new Map();
  const table = new Table(limits.handles);
  const view8 = (at, value) => m.view.setUint8(at, value);
  const view32 = (at, value) => m.u32(at, value);
  const drops = (...names) => Object.fromEntries(names.map((name) => [
    `[resource-drop]${name}`,
    (handle) => table.take(handle).dropped?.(),
  ]));
  const child = (at, item) => {
    view8(at, item ? 0 : 1);
    if (item) view32(at + 4, table.add(item));
  };
  /** Writes the end of a stream as `stream-error` at `at`. */
  const ended = (at, offset, failed) => {
    view8(at, 1);
    view8(at + offset, failed ? 0 : 1);
    if (failed) view32(at + offset + 4, table.add({}));
  };

  // Waiting. `pause(until, alone)` waits for news of an exchange or for a time;
  // `alone`: for the time and nothing else. `pause.due`: others of this thread
  // were held up for long enough, and go first, ready or not.
  const pollable = (ready, until) => ({ ready, until });
  const timer = (until) => pollable(() => now() >= until, until);
  function wait(pollables) {
    const ready = () => pollables.some((it) => it.ready());
    const until = Math.min(...pollables.map((it) => it.until ?? Infinity));
    const alone = pollables.every((it) => it.until !== undefined);
    if (ready() && !pause.due?.()) return undefined;
    if (!pause.blocks) return later(ready, until, alone);
    while (!ready()) pause(until, alone);
    return undefined;
  }
  async function later(ready, until, alone) {
    if (pause.due()) await pause.breathe();
    while (!ready()) await pause(until, alone);
  }
  const pollables = (at, count) => Array.from({ length: count }, (_, n) => table.get(m.view.getUint32(at + n * 4, true)));

  const imports = {
    "clio:actions/credentials": {
      "get-account"(at) {
        view8(at, 0);
        m.list(at + 4, utf8.encode(account));
        view8(at + 12, 0); // by-host: the token is not the guest's to know
      },
    },
    "wasi:clocks/monotonic-clock": {
      now: () => BigInt(Math.round(now() * 1e6)),
      "subscribe-instant": (when) => table.add(timer(milliseconds(when))),
      "subscribe-duration": (duration) => table.add(timer(now() + milliseconds(duration))),
    },
    "wasi:clocks/wall-clock": {
      now(at) {
        const time = Date.now();
        m.view.setBigUint64(at, BigInt(Math.floor(time / 1000)), true);
        view32(at + 8, (time % 1000) * 1e6);
      },
    },
    "wasi:io/error": drops("error"),
    "wasi:io/poll": {
      poll: {
        wait: (at, count) => wait(pollables(at, count)),
        done(at, count, result) {
          const ready = pollables(at, count).flatMap((it, n) => (it.ready() ? [n] : []));
          const place = m.alloc(ready.length * 4, 4);
          ready.forEach((n, i) => view32(place + i * 4, n));
          view32(result, place);
          view32(result + 4, ready.length);
        },
      },
      "[method]pollable.block": { wait: (handle) => wait([table.get(handle)]), done() {} },
      ...drops("pollable"),
    },
    "wasi:io/streams": {
      "[method]input-stream.read"(handle, most, at) {
        const exchange = table.get(handle);
        const piece = exchange.read(Number(BigInt.asUintN(64, most)));
        if (piece === undefined) return ended(at, 4, exchange.broken);
        view8(at, 0);
        m.list(at + 4, piece);
      },
      "[method]input-stream.subscribe": (handle) => {
        const exchange = table.get(handle);
        return table.add(pollable(() => exchange.readable()));
      },
      "[method]output-stream.check-write"(handle, at) {
        const exchange = table.get(handle);
        if (exchange.sunk) return ended(at, 8, true);
        view8(at, 0);
        m.view.setBigUint64(at + 8, BigInt(exchange.room), true);
      },
      "[method]output-stream.write"(handle, from, count, at) {
        const exchange = table.get(handle);
        if (exchange.sunk) return ended(at, 4, true);
        if (count >>> 0 > exchange.room) throw new HostFailure("trap", "the action stopped: it wrote more than there was room for");
        exchange.write(m.slice(from, count));
        view8(at, 0);
      },
      "[method]output-stream.subscribe": (handle) => {
        const exchange = table.get(handle);
        return table.add(pollable(() => exchange.room > 0 || exchange.sunk));
      },
      ...drops("input-stream", "output-stream"),
    },
    "wasi:http/types": {
      "[constructor]fields": () => table.add({ list: [], bytes: 0 }),
      "[static]fields.from-list"(list, count, at) {
        const fields = { list: [], bytes: 0 };
        for (let n = 0, of = list >>> 0; n < count; n++, of += 16) {
          const [name, nameLength, value, valueLength] = [0, 4, 8, 12].map((offset) => m.view.getUint32(of + offset, true));
          const refused = append(fields, m.text(name, nameLength), m.slice(value, valueLength));
          if (refused !== undefined) return headerError(at, 4, refused);
        }
        return child(at, fields);
      },
      "[method]fields.append"(handle, name, nameLength, value, valueLength, at) {
        const refused = append(table.get(handle), m.text(name, nameLength), m.slice(value, valueLength));
        if (refused !== undefined) return headerError(at, 1, refused);
        return view8(at, 0);
      },
      "[method]fields.entries"(handle, at) {
        const { list } = table.get(handle);
        const place = m.alloc(list.length * 16, 4);
        list.forEach(([name, value], n) => {
          m.list(place + n * 16, utf8.encode(name));
          m.list(place + n * 16 + 8, unlatin1(value));
        });
        view32(at, place);
        view32(at + 4, list.length);
      },
      "[constructor]outgoing-request": (fields) => table.add({
        method: "GET", scheme: "https", authority: "", path: "/", headers: table.take(fields).list,
        exchange: new Exchange(++ids, link),
      }),
      "[method]outgoing-request.set-method"(handle, tag, at, length) {
        table.get(handle).method = METHODS[tag] ?? m.text(at, length);
        return 0;
      },
      "[method]outgoing-request.set-scheme"(handle, some, tag, at, length) {
        if (some) table.get(handle).scheme = ["http", "https"][tag] ?? m.text(at, length);
        return 0;
      },
      "[method]outgoing-request.set-authority"(handle, some, at, length) {
        table.get(handle).authority = some ? m.text(at, length) : "";
        return 0;
      },
      "[method]outgoing-request.set-path-with-query"(handle, some, at, length) {
        table.get(handle).path = some ? m.text(at, length) : "/";
        return 0;
      },
      "[method]outgoing-request.body"(handle, at) {
        const { exchange } = table.get(handle);
        child(at, !exchange.bodyTaken && (exchange.bodyTaken = true) && {
          exchange,
          dropped: () => exchange.abandon(),
        });
      },
      "[method]outgoing-body.write": (handle, at) => child(at, table.get(handle).exchange),
      "[static]outgoing-body.finish"(handle, someTrailers, trailers, at) {
        table.take(handle).exchange.finish();
        if (someTrailers) table.take(trailers);
        view8(at, 0);
      },
      "[constructor]request-options": () => table.add({}),
      "[method]request-options.set-connect-timeout": (handle, some, time) => timeout(handle, "connect", some, time),
      "[method]request-options.set-first-byte-timeout": (handle, some, time) => timeout(handle, "firstByte", some, time),
      "[method]request-options.set-between-bytes-timeout": (handle, some, time) => timeout(handle, "betweenBytes", some, time),
      "[method]future-incoming-response.subscribe": (handle) => {
        const { exchange } = table.get(handle);
        return table.add(pollable(() => exchange.answered()));
      },
      "[method]future-incoming-response.get"(handle, at) {
        const { exchange } = table.get(handle);
        view8(at, exchange.answered() ? 1 : 0);
        if (!exchange.answered()) return;
        view8(at + 8, exchange.taken ? 1 : 0);
        if (exchange.taken) return;
        exchange.taken = true;
        view8(at + 16, exchange.failed ? 1 : 0);
        if (exchange.failed) {
          const code = ERROR_CODE.cases.some(({ name }) => name === exchange.failed) ? exchange.failed : "internal-error";
          store(m, ERROR_CODE, code in PAYLOAD ? { [code]: PAYLOAD[code] } : code, at + 24);
        } else view32(at + 24, table.add(exchange.head));
      },
      "[method]incoming-response.status": (handle) => table.get(handle).status,
      "[method]incoming-response.headers": (handle) => table.add({ list: table.get(handle).headers }),
      "[method]incoming-response.consume"(handle, at) {
        const { exchange } = table.get(handle);
        exchange.consumed = true;
        child(at, { exchange, dropped: () => exchange.drop() });
      },
      "[method]incoming-body.stream": (handle, at) => child(at, table.get(handle).exchange),
      ...drops("fields", "future-incoming-response", "incoming-body", "incoming-response", "outgoing-body", "outgoing-request", "request-options"),
    },
    "wasi:http/outgoing-handler": {
      handle(request, someOptions, options, at) {
        const { exchange, ...head } = table.take(request);
        const timeouts = someOptions ? table.take(options) : {};
        exchanges.set(exchange.id, exchange);
        const { method, scheme, authority, path, headers } = head;
        link.open(exchange.id, { method, scheme, authority, path, headers, timeouts });
        const future = { exchange, dropped: () => { if (!exchange.taken) exchange.drop(); } };
        view8(at, 0);
        view32(at + 8, table.add(future));
      },
    },
  };
  /** Adds a field; the number of a `header-error` where it may not be. */
  function append(fields, given, bytes) {
    const [name, value] = [given.toLowerCase(), latin1(bytes)];
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return INVALID_SYNTAX;
    if (isForbidden(name)) return FORBIDDEN;
    fields.bytes += name.length + value.length;
    if (fields.bytes > limits.headerBytes) {
      throw beyond("header_bytes", "fills more header fields", limits.headerBytes);
    }
    fields.list.push([name, value]);
    return undefined;
  }
  function headerError(at, offset, error) {
    view8(at, 1);
    view8(at + offset, error);
  }
  function timeout(handle, name, some, time) {
    if (some) table.get(handle)[name] = milliseconds(time);
    return 0;
  }

  return {
    /**
     * The imports of a module by the names it asks for, of any WASI 0.2. `waiting`
     * makes a function of one that waits.
     */
    of(module, waiting) {
      const given = {};
      for (const { module: from, name } of WebAssembly.Module.imports(module)) {
        const found = imports[from.replace(/@.*/, "")]?.[name];
        if (!found) throw new HostFailure("instantiation", `the component could not be instantiated: it imports \`${name}\` of ${from}, which no action may have`);
        (given[from] ??= {})[name] = typeof found === "function" ? found : waiting(found, `${from}.${name}`);
      }
      return given;
    },
    bind(exports) { m = new Memory(exports); return m; },
    /** News of an exchange, from the other side of the link. */
    deliver(id, event, value) {
      const exchange = exchanges.get(id);
      exchange?.[event](value);
    },
  };
}
