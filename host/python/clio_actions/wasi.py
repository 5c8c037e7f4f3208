"""WASI as far as the actions import it. One `Wasi` belongs to one call, and is
used by the thread that its guest runs in.

Only `poll` and `pollable.block` wait; all else returns at once. What must stay
true: a guest holds no more resources than its limit, and is told nothing of a
failure but the name of its code.
"""

import re
import threading
import time

from . import std
from .error import HostFailure, beyond
from .exchange import Exchange
from .headers import is_forbidden
from .http import Timeouts
from .values import Resource

#: The resources of the host, each by its number.
KINDS = {name: n for n, name in enumerate((
    "pollable", "error", "input-stream", "output-stream", "fields", "outgoing-request", "outgoing-body",
    "request-options", "future-incoming-response", "incoming-response", "incoming-body", "future-trailers",
    "terminal-input", "terminal-output", "descriptor", "directory-entry-stream",
), 1)}
#: The most bytes that go to a guest in one piece: each is a value of 32 bytes on the way.
_PIECE = 32 << 10
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(rb"[^\0\r\n]*")
#: What the error codes with a payload are given: none of it says anything here.
_PAYLOADS = {"DNS-error": {"rcode": None, "info-code": None}}
_CODES = frozenset((
    "DNS-timeout", "DNS-error", "destination-not-found", "destination-unavailable", "destination-IP-prohibited",
    "destination-IP-unroutable", "connection-refused", "connection-terminated", "connection-timeout",
    "connection-read-timeout", "connection-write-timeout", "connection-limit-reached", "TLS-protocol-error",
    "TLS-certificate-error", "HTTP-request-denied", "HTTP-request-length-required", "HTTP-request-body-size",
    "HTTP-request-method-invalid", "HTTP-request-URI-invalid", "HTTP-request-URI-too-long",
    "HTTP-response-incomplete", "HTTP-response-body-size", "HTTP-response-timeout", "HTTP-upgrade-failed",
    "HTTP-protocol-error", "loop-detected", "configuration-error", "internal-error",
))
_OK, _REFUSED = ("ok", None), ("error", None)


class _Pollable:
    def __init__(self, ready, until=None):
        self.ready, self.until = ready, until


class _Fields:
    def __init__(self, entries=()):
        self.entries = list(entries)
        self.bytes = 0

    def add(self, name, value, most):
        """Adds a field; the name of a `header-error` where it may not be."""
        name = name.lower()
        if not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
            return "invalid-syntax"
        if is_forbidden(name):
            return "forbidden"
        self.bytes += len(name) + len(value)
        if self.bytes > most:
            raise beyond("header_bytes", "fills more header fields", most)
        self.entries.append((name, value.decode("latin-1")))
        return None


class _Request:
    def __init__(self, headers, exchange):
        self.method, self.scheme, self.authority, self.target = "GET", "https", "", "/"
        self.headers, self.exchange = headers, exchange
        self.body_taken = False


class Wasi:
    """`egress` sends; `over` gives the failure that ends the call, or None."""

    def __init__(self, account, egress, limits, over):
        self._account, self._egress, self._limits, self._over = account, egress, limits, over
        #: The condition that the guest waits on, and holds while it asks.
        self.news = threading.Condition(threading.RLock())
        egress.ended.when_cancelled(self._notify)
        self._table, self._last = {}, 0

    def _notify(self):
        with self.news:
            self.news.notify_all()

    # The table of resources: a number leads to what it is, and to what becomes of
    # it when the guest drops it.

    def add(self, kind, held, dropped=None):
        if len(self._table) >= self._limits.handles:
            raise beyond("handles", "has more WASI resources open at once", self._limits.handles)
        self._last += 1
        self._table[self._last] = held, dropped
        return Resource(self._last, KINDS[kind])

    def _get(self, rep):
        return self._table[rep][0]

    def _take(self, rep):
        return self._table.pop(rep)[0]

    def drop(self, rep):
        _, dropped = self._table.pop(rep, (None, None))
        if dropped is not None:
            dropped()

    def _child(self, kind, held, dropped=None):
        return "ok", self.add(kind, held, dropped)

    def _wait(self, pollables):
        while not any(it.ready() for it in pollables):
            failure = self._over()
            if failure is not None:
                raise failure
            until = min((it.until for it in pollables if it.until is not None), default=None)
            self.news.wait(None if until is None else max(0, until - time.monotonic()))

    def _at(self, until):
        return self.add("pollable", _Pollable(lambda: time.monotonic() >= until, until))

    def _when(self, ready):
        return self.add("pollable", _Pollable(ready))

    # clio:actions/credentials

    def get_account(self):
        return "ok", {"origin": self._account.text, "authorization": ("by-host", None)}

    # wasi:clocks

    def monotonic_now(self):
        return time.monotonic_ns()

    def subscribe_instant(self, when):
        return self._at(when / 1e9)

    def subscribe_duration(self, duration):
        return self._at(time.monotonic() + duration / 1e9)

    def wall_now(self):
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        return {"seconds": seconds, "nanoseconds": nanoseconds}

    # wasi:io

    def poll(self, handles):
        if not handles:
            raise HostFailure("trap", "the action stopped: it waits for nothing")
        pollables = [self._get(rep) for rep in handles]
        self._wait(pollables)
        return [n for n, it in enumerate(pollables) if it.ready()]

    def ready(self, pollable):
        return self._get(pollable).ready()

    def block(self, pollable):
        self._wait([self._get(pollable)])

    def _ended(self, failed):
        return "error", ("last-operation-failed", self.add("error", None)) if failed else ("closed", None)

    def read(self, stream, most):
        exchange = self._get(stream)
        piece = exchange.read(min(most, _PIECE))
        return self._ended(exchange.broken) if piece is None else ("ok", piece)

    def blocking_read(self, stream, most):
        self._wait([_Pollable(self._get(stream).readable)])
        return self.read(stream, most)

    def readable(self, stream):
        return self._when(self._get(stream).readable)

    def check_write(self, stream):
        exchange = self._get(stream)
        return self._ended(True) if exchange.sunk else ("ok", exchange.room)

    def write(self, stream, data):
        exchange = self._get(stream)
        if exchange.sunk:
            return self._ended(True)
        if len(data) > exchange.room:
            raise HostFailure("trap", "the action stopped: it wrote more than there was room for")
        if data:
            exchange.write(data)
        return _OK

    def writable(self, stream):
        exchange = self._get(stream)
        return self._when(lambda: exchange.room > 0 or exchange.sunk)

    def flush(self, stream):
        """What is written is on its way: there is nothing to wait for."""
        return self._ended(True) if self._get(stream).sunk else _OK

    def write_and_flush(self, stream, data):
        exchange = self._get(stream)
        self._wait([_Pollable(lambda: exchange.room >= len(data) or exchange.sunk)])
        return self.write(stream, data)

    # wasi:http

    def fields_from_list(self, entries):
        fields = _Fields()
        for name, value in entries:
            refused = fields.add(name, value, self._limits.header_bytes)
            if refused is not None:
                return "error", (refused, None)
        return self._child("fields", fields)

    def new_fields(self):
        return self.add("fields", _Fields())

    def append(self, fields, name, value):
        refused = self._get(fields).add(name, value, self._limits.header_bytes)
        return _OK if refused is None else ("error", (refused, None))

    def values(self, fields, name):
        return [value for given, value in self.entries(fields) if given == name.lower()]

    def has(self, fields, name):
        return bool(self.values(fields, name))

    def entries(self, fields):
        return [(name, value.encode("latin-1", "replace")) for name, value in self._get(fields).entries]

    def new_request(self, fields):
        return self.add("outgoing-request", _Request(self._take(fields).entries, Exchange(self.news)))

    def set_method(self, request, method):
        case, other = method
        self._get(request).method = other if case == "other" else case.upper()
        return _OK

    def set_scheme(self, request, scheme):
        case, other = scheme or ("HTTPS", None)
        self._get(request).scheme = other if case == "other" else case.lower()
        return _OK

    def set_authority(self, request, authority):
        self._get(request).authority = authority or ""
        return _OK

    def set_target(self, request, target):
        self._get(request).target = target or "/"
        return _OK

    def request_body(self, request):
        request = self._get(request)
        if request.body_taken:
            return _REFUSED
        request.body_taken = True
        return self._child("outgoing-body", request.exchange, request.exchange.abandon)

    def body_write(self, body):
        return self._child("output-stream", self._get(body))

    def finish(self, body, trailers):
        self._take(body).finish()
        if trailers is not None:
            self._take(trailers)
        return _OK

    def new_options(self):
        return self.add("request-options", {})

    def set_timeout(self, options, name, nanoseconds):
        if nanoseconds is not None:
            self._get(options)[name] = nanoseconds / 1e9
        return _OK

    def handle(self, request, options):
        request = self._take(request)
        asked = self._take(options) if options is not None else {}
        # A guest may ask for shorter times than ours, not for longer ones.
        timeouts = Timeouts(*(min(most, asked.get(name, most)) for name, most in zip(Timeouts._fields, Timeouts())))
        exchange = request.exchange
        if not request.body_taken:
            exchange.finish()
        exchange.begin(self._egress, (request.method, request.scheme, request.authority, request.target, request.headers), timeouts)
        return self._child("future-incoming-response", [exchange], lambda: exchange.status is None and exchange.drop())

    def answered(self, future):
        exchange = self._get(future)[0]
        return self._when(exchange.answered)

    def get(self, future):
        held = self._get(future)
        exchange = held[0]
        if not exchange.answered():
            return None
        if len(held) > 1:
            return _REFUSED
        held.append("taken")
        if exchange.failed is not None:
            code = exchange.failed if exchange.failed in _CODES else "internal-error"
            return "ok", ("error", (code, _PAYLOADS.get(code)))
        consumed = []
        response = self.add("incoming-response", (exchange, consumed), lambda: None if consumed else exchange.drop())
        return "ok", ("ok", response)

    def status(self, response):
        return self._get(response)[0].status

    def response_headers(self, response):
        return self.add("fields", _Fields(self._get(response)[0].headers))

    def consume(self, response):
        exchange, consumed = self._get(response)
        consumed.append(True)
        return self._child("incoming-body", exchange, exchange.drop)

    def stream(self, body):
        return self._child("input-stream", self._get(body))


def _timeout(name):
    return lambda wasi, options, nanoseconds: wasi.set_timeout(options, name, nanoseconds)


#: The functions by interface and name, of any WASI 0.2.
FUNCTIONS = {
    **std.FUNCTIONS,
    ("clio:actions/credentials", "get-account"): Wasi.get_account,
    ("wasi:clocks/monotonic-clock", "now"): Wasi.monotonic_now,
    ("wasi:clocks/monotonic-clock", "subscribe-instant"): Wasi.subscribe_instant,
    ("wasi:clocks/monotonic-clock", "subscribe-duration"): Wasi.subscribe_duration,
    ("wasi:clocks/wall-clock", "now"): Wasi.wall_now,
    ("wasi:io/poll", "poll"): Wasi.poll,
    ("wasi:io/poll", "[method]pollable.block"): Wasi.block,
    ("wasi:io/poll", "[method]pollable.ready"): Wasi.ready,
    ("wasi:io/streams", "[method]input-stream.read"): Wasi.read,
    ("wasi:io/streams", "[method]input-stream.blocking-read"): Wasi.blocking_read,
    ("wasi:io/streams", "[method]input-stream.subscribe"): Wasi.readable,
    ("wasi:io/streams", "[method]output-stream.check-write"): Wasi.check_write,
    ("wasi:io/streams", "[method]output-stream.write"): Wasi.write,
    ("wasi:io/streams", "[method]output-stream.subscribe"): Wasi.writable,
    ("wasi:io/streams", "[method]output-stream.flush"): Wasi.flush,
    ("wasi:io/streams", "[method]output-stream.blocking-flush"): Wasi.flush,
    ("wasi:io/streams", "[method]output-stream.blocking-write-and-flush"): Wasi.write_and_flush,
    ("wasi:http/types", "[constructor]fields"): Wasi.new_fields,
    ("wasi:http/types", "[static]fields.from-list"): Wasi.fields_from_list,
    ("wasi:http/types", "[method]fields.append"): Wasi.append,
    ("wasi:http/types", "[method]fields.entries"): Wasi.entries,
    ("wasi:http/types", "[method]fields.get"): Wasi.values,
    ("wasi:http/types", "[method]fields.has"): Wasi.has,
    ("wasi:http/types", "[constructor]outgoing-request"): Wasi.new_request,
    ("wasi:http/types", "[method]outgoing-request.set-method"): Wasi.set_method,
    ("wasi:http/types", "[method]outgoing-request.set-scheme"): Wasi.set_scheme,
    ("wasi:http/types", "[method]outgoing-request.set-authority"): Wasi.set_authority,
    ("wasi:http/types", "[method]outgoing-request.set-path-with-query"): Wasi.set_target,
    ("wasi:http/types", "[method]outgoing-request.body"): Wasi.request_body,
    ("wasi:http/types", "[method]outgoing-body.write"): Wasi.body_write,
    ("wasi:http/types", "[static]outgoing-body.finish"): Wasi.finish,
    ("wasi:http/types", "[constructor]request-options"): Wasi.new_options,
    ("wasi:http/types", "[method]request-options.set-connect-timeout"): _timeout("connect"),
    ("wasi:http/types", "[method]request-options.set-first-byte-timeout"): _timeout("first_byte"),
    ("wasi:http/types", "[method]request-options.set-between-bytes-timeout"): _timeout("between_bytes"),
    ("wasi:http/types", "[method]future-incoming-response.subscribe"): Wasi.answered,
    ("wasi:http/types", "[method]future-incoming-response.get"): Wasi.get,
    ("wasi:http/types", "[method]incoming-response.status"): Wasi.status,
    ("wasi:http/types", "[method]incoming-response.headers"): Wasi.response_headers,
    ("wasi:http/types", "[method]incoming-response.consume"): Wasi.consume,
    ("wasi:http/types", "[method]incoming-body.stream"): Wasi.stream,
    ("wasi:http/outgoing-handler", "handle"): Wasi.handle,
}
