// The one way out of a call: everything that a guest sends passes here, as in the
// Rust host's `egress/`.
//
// A request is taken apart strictly, held against the rules, freed of what a
// guest may not set, and goes one route: to the account, by a rule, or for
// content, by the caller's or Clio's word. The HTTP capability attaches the
// credential, and only to what has `account`. What must stay true: nothing leaves
// that no rule allows; a write of unknown outcome is never sent twice; what is
// refused is noted with the rule that would allow it; nothing noted holds a
// query, a header, a body, or a path outside of the account's origin.

import { permits } from "./address.mjs";
import { checked, exactly, holdAnswer, holdRequest, WireError } from "./body.mjs";
import { reads, withheld } from "./dry-run.mjs";
import { Grants } from "./grants.mjs";
import { contentLength, isForbidden, MAY } from "./headers.mjs";
import { Destination, OriginError } from "./origin.mjs";
import { Attempts } from "./retry.mjs";
import { checkPath, generalised, NOT_CONTENT } from "./rules.mjs";
import { classify } from "./wire.mjs";

const API_REQUEST_BYTES = 1 << 20;
const API_ANSWER_BYTES = 8 << 20;
const TIMEOUTS = { connect: 10_000, firstByte: 60_000, betweenBytes: 30_000 };
/** What has no body, and so announces none. */
const WITHOUT_BODY = ["GET", "HEAD"];
const MOST_DENIALS = 32;
const LONGEST_SHOWN = 200;
const CODE_OF_REASON = { url: "HTTP-request-URI-invalid", address: "destination-IP-prohibited", header: "HTTP-protocol-error" };

export class CallEgress {
  denied = [];
  /** The first failure apart from denials: what follows is mostly its consequence. */
  failure = undefined;
  #grants = new Grants();
  #requests = 0;
  #traffic = { sent: 0, received: 0 };
  #ended = new AbortController();

  /**
   * `platform` has `timer(milliseconds, late)`, where there are timers, and `sleep`.
   * `withheld`: this is a dry run, which puts there what it holds back.
   */
  constructor({ account, rules, content, http, limits, platform, onRequest, userAgent, withheld, gate }) {
    Object.assign(this, { account, rules, content, http, limits, platform, onRequest, userAgent, withheld, gate });
  }

  /** Ends whatever is still on its way. */
  end() { this.#ended.abort(); }

  /** Sends one request of the guest; the answer's body is bytes, or streams. */
  async send({ method, headers, timeouts, body, ...where }) {
    if (this.#requests++ >= this.limits.requests) {
      throw this.#fail("requests", `the call made more than ${this.limits.requests} requests; raise the limit if that is meant`, "HTTP-request-denied");
    }
    const destination = this.#destination(method, where);
    const length = contentLength(headers);
    if (length === null) throw this.#deny(this.#describe(method, destination), "header", "none: give one plain Content-Length");
    const route = this.#route(method, destination);
    const request = {
      method, destination, route, length, body,
      // What frames a message is the host's: the length is written anew, from what is sent.
      headers: headers.filter(([name]) => name !== "content-length" && !isForbidden(name) && (route === "local" || MAY[route](name))),
      timeouts: shorter(timeouts),
      reach: route !== "content" && destination.origin.isLoopback ? "this_machine" : "world",
    };
    if (this.withheld && !reads(method)) {
      this.withheld.push(await withheld(request, API_REQUEST_BYTES, () => this.#tooMuch(API_REQUEST_BYTES)));
      throw new WireError("HTTP-request-denied");
    }
    const reviewed = this.gate?.reviewing && (route === "local" || route === "content");
    if (reviewed) request.headers = this.gate.all(request.headers);
    const answer = await this.#answered(request);
    return reviewed ? this.gate.review(method, answer, (kind) => this.#fail(kind, "the content is a draft", "HTTP-response-incomplete")) : answer;
  }

  async #answered(request) {
    const { method, destination, route, body, length } = request;
    if (route === "local") {
      await holdRequest(body, length, 0, () => this.#tooMuch(0));
      const answer = this.content.answer(method, destination, request.headers);
      return { ...answer, body: checked(this.#unchanged(answer.body), { expected: contentLength(answer.headers), meter: this.#meter, between: (next) => next }) };
    }
    return route === "account" ? this.#toAccount(request) : this.#withoutCredential(request);
  }

  /** Asks for what is behind a URL; undefined where no answer granted it to this call. */
  async fetch(url) {
    const destination = Destination.parse(url);
    if (!destination || !this.#grants.allows("GET", destination)) return undefined;
    const { origin, path, query } = destination;
    return this.send({
      method: "GET", scheme: origin.scheme, authority: origin.authority, path: query === undefined ? path : `${path}?${query}`,
      headers: [["accept-encoding", "identity"], ["user-agent", this.userAgent]], body: [],
    });
  }

  async *#unchanged(body) {
    try {
      yield* body;
    } catch {
      throw this.#fail("content_changed", "local content changed while it was being read; repeat once it is settled", "HTTP-response-incomplete");
    }
  }

  #destination(method, where) {
    try {
      return Destination.of(where);
    } catch (error) {
      if (!(error instanceof OriginError)) throw error;
      throw this.#deny(`${method} (a URL that is not plain: ${error.message})`, "url", "none: write the URL plainly");
    }
  }

  /** The one route that a request may take; everything else is noted and refused. */
  #route(method, destination) {
    const { origin, path } = destination;
    const refuse = ({ reason, rule }) => this.#deny(this.#describe(method, destination), reason, rule);
    if (this.content.isMeant(destination)) return "local";
    if (origin.text === this.account.text) {
      const denied = this.rules.checkApi(method, path);
      if (denied) throw refuse(denied);
      if (this.content.isNamed(path)) throw refuse({ reason: "not_content", rule: NOT_CONTENT });
      return "account";
    }
    if (this.account.sharesServer(origin)) throw refuse({ reason: "not_content", rule: NOT_CONTENT });
    if (this.#grants.allows(method, destination)) return "granted";
    const denied = this.rules.checkContent(method, origin);
    if (denied) throw refuse(denied);
    if (!origin.isTls) throw refuse({ reason: "address", rule: "none: content is fetched over TLS, and not from this machine" });
    return "content";
  }

  // To the account: held whole, so that it can be sent again, and so that a cut
  // answer is noticed before a guest sees it.
  async #toAccount(request) {
    const { method, destination, length, timeouts } = request;
    const bare = WITHOUT_BODY.includes(method);
    const most = bare ? 0 : API_REQUEST_BYTES;
    const body = await holdRequest(request.body, length, most, () => this.#tooMuch(most));
    const headers = [...request.headers, ["accept-encoding", "identity"]];
    if (!headers.some(([name]) => name === "user-agent")) headers.push(["user-agent", this.userAgent]);
    const answer = await this.#attempts(request, async (exchange) => {
      this.#meter.sent(body.length);
      const given = await exchange({ headers, body: bare ? undefined : body, length: body.length });
      if (given.expected > API_ANSWER_BYTES) throw this.#tooLarge(API_ANSWER_BYTES);
      return { ...given, body: await holdAnswer(given.pieces, API_ANSWER_BYTES, (most) => this.#tooLarge(most)) };
    }, timeouts);
    if (answer.status >= 200 && answer.status < 400) {
      this.#grants.learn(this.rules.grantsOf(method, destination.path), this.account, answer);
    }
    return answer;
  }

  // To storage, and for content: streamed, and never sent again once a byte of
  // the body was taken.
  async #withoutCredential(request) {
    const { method, length, timeouts } = request;
    let { headers } = request;
    let upload, gone = false;
    if (WITHOUT_BODY.includes(method)) await holdRequest(request.body, length, 0, () => this.#tooMuch(0));
    else {
      if (length === undefined) {
        throw this.#fail("length_required", "a request to storage has no Content-Length; storage refuses chunked bodies, so give the length of the content", "HTTP-request-length-required");
      }
      const most = this.limits.requestBytes;
      if (this.#traffic.sent + length > most) throw this.#tooMuch(most);
      upload = request.body;
      headers = [...headers, ["content-length", String(length)]];
    }
    const source = async function* (pieces) { gone = true; yield* pieces; };
    const answer = await this.#attempts(request, async (exchange, watch) => {
      const body = upload && source(exactly(upload, length, this.#meter, watch));
      return exchange({ headers, body, length: upload ? length : 0 });
    }, timeouts, () => !gone);
    return { status: answer.status, headers: answer.headers, body: answer.pieces };
  }

  /** Sends until there is an answer to hand on. */
  async #attempts(request, once, timeouts, again = () => true) {
    const { method, destination, route } = request;
    const attempts = new Attempts(method, this.limits.wait);
    const began = performance.now();
    const told = { request: this.#describe(method, destination), route, retries: 0 };
    const tell = (more) => {
      try {
        this.onRequest?.({ ...told, ...more, milliseconds: Math.round(performance.now() - began) });
      } catch {
        // Who looks on does not decide what becomes of a write.
      }
    };
    for (;;) {
      let answer, failure, pause;
      try {
        answer = await this.#exchange(request, once, timeouts);
        pause = attempts.afterAnswer(answer.status, answer.headers, answer.body instanceof Uint8Array ? answer.body : new Uint8Array(0));
      } catch (error) {
        failure = error instanceof WireError ? error : classify(error);
        pause = attempts.afterFailure(failure);
      }
      if (pause !== undefined && again() && !this.#ended.signal.aborted) {
        answer?.pieces?.return?.().catch(() => {});
        told.retries++;
        await this.#rest(pause);
        continue;
      }
      if (answer) {
        tell({ status: answer.status });
        return answer;
      }
      if (failure.code === "destination-IP-prohibited") {
        this.#deny(told.request, "address", "none: this machine, its network and reserved addresses are never dialled");
      }
      if (failure.certificate) {
        this.#fail("certificate", `the TLS certificate of ${destination.origin.text} is not accepted: ${failure.certificate}; if this network inspects TLS, give Node.js the firm's CA certificates with NODE_EXTRA_CA_CERTS; else check this machine's clock and CA certificates, and who answers there`);
      }
      if (failure.credential) this.#fail(failure.credential, `the connection has no usable credential: ${failure.message}`);
      tell({ error: failure.code });
      throw failure;
    }
  }

  /** Waits before a repetition, and no longer than the call. */
  async #rest(milliseconds) {
    const { timer, sleep } = this.platform;
    const { signal } = this.#ended;
    if (!timer) return sleep(milliseconds);
    return new Promise((resolve) => {
      const over = () => {
        cancel();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const cancel = timer(milliseconds, over);
      signal.addEventListener("abort", over);
    });
  }

  /** One exchange, within its times. */
  async #exchange({ method, destination, route, reach }, once, timeouts) {
    const { host } = destination.origin;
    const literal = /^\[|^[0-9.]+$/.test(host) ? host.replace(/^\[|\]$/g, "") : undefined;
    if (literal && !permits(reach, literal)) throw new WireError("destination-IP-prohibited", { unsent: true });
    const abort = new AbortController();
    const end = () => abort.abort();
    if (this.#ended.signal.aborted) throw new WireError("connection-terminated", { unsent: true });
    this.#ended.signal.addEventListener("abort", end, { once: true });
    const release = () => this.#ended.signal.removeEventListener("abort", end);
    const watch = new Watch(this.platform.timer, timeouts.connect + timeouts.firstByte, end);
    const exchange = async ({ headers, body, length }) => {
      const sent = this.http({
        method, url: destination.url, headers, body, length, account: route === "account", reach, signal: abort.signal, timeouts,
      });
      // What comes when nobody waits any more is nobody's to handle.
      Promise.resolve(sent).catch(() => {});
      const answer = await watch.of(sent, "HTTP-response-timeout");
      const fields = [...(answer.headers ?? [])].map(([name, value]) => [name.toLowerCase(), String(value)]);
      const hasBody = method !== "HEAD" && answer.status !== 204 && answer.status !== 304;
      const expected = hasBody ? contentLength(fields) : undefined;
      if (expected === null) throw new WireError("HTTP-protocol-error");
      if (this.#traffic.received + (expected ?? 0) > this.limits.responseBytes) throw this.#tooLarge(this.limits.responseBytes);
      const between = (next) => new Watch(this.platform.timer, timeouts.betweenBytes, end).of(next, "connection-read-timeout");
      const pieces = released(checked(hasBody ? answer.body : null, { expected, meter: this.#meter, between }), release);
      return { status: answer.status, headers: fields.filter(([name]) => !isForbidden(name)), expected, pieces };
    };
    try {
      return await once(exchange, watch);
    } catch (error) {
      release();
      end();
      throw error;
    } finally {
      watch.stop();
    }
  }

  #meter = {
    sent: (count) => {
      this.#traffic.sent += count;
      if (this.#traffic.sent > this.limits.requestBytes) throw this.#tooMuch(this.limits.requestBytes);
    },
    received: (count) => {
      this.#traffic.received += count;
      if (this.#traffic.received > this.limits.responseBytes) throw this.#tooLarge(this.limits.responseBytes);
    },
  };

  #tooMuch(most) {
    return this.#fail("request_bytes", `a request body is larger than ${most} bytes; raise the limit if that is meant`, "HTTP-request-body-size");
  }
  #tooLarge(most) {
    return this.#fail("response_bytes", `an answer is larger than ${most} bytes; raise the limit if that is meant`, "HTTP-response-body-size");
  }
  #fail(kind, message, code) {
    this.failure ??= { kind, message };
    return new WireError(code);
  }

  /** Notes a denial, and gives the error that the guest gets. */
  #deny(request, reason, rule) {
    const known = this.denied.some((it) => it.request === request && it.rule === rule && it.reason === reason);
    if (!known && this.denied.length < MOST_DENIALS) this.denied.push({ request, rule, reason });
    return new WireError(CODE_OF_REASON[reason] ?? "HTTP-request-denied");
  }

  /** What is said of a request outside: no query ever, and of other origins no path. */
  #describe(method, { origin, path }) {
    if (origin.text !== this.account.text) return `${method} ${origin.text}`;
    if (checkPath(path) || path.length > LONGEST_SHOWN) return `${method} ${origin.text}/…`;
    return `${method} ${origin.text}${generalised(path)}`;
  }
}

/** A guest may ask for shorter times than ours, not for longer ones. */
function shorter(asked) {
  return Object.fromEntries(Object.entries(TIMEOUTS).map(([name, most]) => [name, Math.min(most, asked?.[name] ?? most)]));
}

/** Runs `release` when the pieces are over, or dropped. */
async function* released(pieces, release) {
  try {
    yield* pieces;
  } finally {
    release();
  }
}

/** A time that something may take, which can be stopped and begun anew. */
class Watch {
  #cancel; #late;
  #over = false;
  constructor(timer, milliseconds, end) {
    Object.assign(this, { timer, milliseconds, end });
    this.passed = new Promise((_, reject) => { this.#late = reject; });
    this.passed.catch(() => {});
  }
  start() {
    this.stop();
    // A body that is given up late may still begin it anew.
    if (this.#over) return;
    this.#cancel = this.timer?.(this.milliseconds, () => {
      this.#late(new WireError(this.code));
      this.end();
    });
  }
  stop() { this.#cancel?.(); this.#cancel = undefined; }
  async of(promise, code) {
    this.code = code;
    this.start();
    try {
      return await Promise.race([promise, this.passed]);
    } finally {
      this.#over = true;
      this.stop();
    }
  }
}
