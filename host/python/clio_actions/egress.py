"""The one way out of a call: everything that a guest sends passes here, as in the
Rust host's `egress/`.

A request is taken apart strictly, held against the rules, freed of what a guest
may not set, and goes one route: to the account, by a rule, or for content, by the
caller's or Clio's word. The HTTP capability attaches the credential, and only to
what has `account`. What must stay true: nothing leaves that no rule allows; a
write of unknown outcome is never sent twice; what is refused is noted with the
rule that would allow it; nothing noted holds a query, a header, a body, or a path
outside of the account's origin.
"""

import threading
import time
from typing import NamedTuple

from .address import permits
from .body import Meter, checked, exactly, hold_answer, hold_request
from .cancel import Cancel
from .dry_run import reads, withheld
from .grants import Grants
from .headers import HeaderError, content_length, is_forbidden, may_have
from .http import Request, Timeouts
from .origin import Destination, OriginError
from .retry import Attempts
from .rules import NOT_CONTENT, Refused, check_path, generalised
from .wire import WireError, classify

_API_REQUEST_BYTES = 1 << 20
_API_ANSWER_BYTES = 8 << 20
#: What has no body, and so announces none.
_WITHOUT_BODY = ("GET", "HEAD")
_MOST_DENIALS = 32
_LONGEST_SHOWN = 200
_CODE_OF_REASON = {"url": "HTTP-request-URI-invalid", "address": "destination-IP-prohibited", "header": "HTTP-protocol-error"}


class Answer(NamedTuple):
    status: int
    headers: list
    #: Bytes, or a generator of them.
    body: object


class Denied(NamedTuple):
    request: str
    rule: str
    reason: str


class _Outgoing(NamedTuple):
    """A request that was allowed."""

    method: str
    destination: Destination
    route: str
    headers: list
    length: object
    body: object
    timeouts: Timeouts
    reach: str


class CallEgress:
    """`withheld`: this is a dry run, which puts there what it holds back."""

    def __init__(self, account, rules, content, http, limits, user_agent, on_request=None, withheld=None):
        self._account, self._rules, self._content, self._http = account, rules, content, http
        self._limits, self._user_agent, self._on_request, self._withheld = limits, user_agent, on_request, withheld
        self._grants, self._meter = Grants(), Meter(self)
        self._lock = threading.Lock()
        self._requests = 0
        self.denied = []
        #: The first failure apart from denials, as `(kind, message)`: what follows is
        #: mostly its consequence.
        self.failure = None
        #: Ends whatever is still on its way.
        self.ended = Cancel()

    def send(self, method, scheme, authority, target, headers, body=(), timeouts=None):
        """Sends one request of the guest."""
        with self._lock:
            self._requests += 1
            spent = self._requests > self._limits.requests
        if spent:
            raise self.fail("requests", f"the call made more than {self._limits.requests} requests; raise the limit if that is meant", "HTTP-request-denied")
        try:
            destination = Destination.of(scheme, authority, target)
        except OriginError as error:
            raise self._deny(f"{method} (a URL that is not plain: {error})", Refused("url", "none: write the URL plainly")) from None
        try:
            length = content_length(headers)
        except HeaderError as error:
            raise self._deny(self._describe(method, destination), Refused("header", f"none: {error}")) from None
        route = self._route(method, destination)
        # What frames a message is the host's: the length is written anew, from what is sent.
        kept = [(name, value) for name, value in headers if name != "content-length" and not is_forbidden(name) and (route == "local" or may_have(route, name))]
        reach = "this_machine" if route != "content" and destination.origin.is_loopback else "world"
        request = _Outgoing(method, destination, route, kept, length, body, timeouts or Timeouts(), reach)
        if self._withheld is not None and not reads(method):
            # Of content that streams to storage nothing is kept.
            held = hold_request(body, length, _API_REQUEST_BYTES, self.too_much) if route == "account" else b""
            self._withheld.append(withheld(method, destination.url, held))
            raise WireError("HTTP-request-denied")
        if route == "local":
            return self._locally(request)
        return self._to_account(request) if route == "account" else self._without_credential(request)

    def fetch(self, url):
        """Asks for what is behind a URL; None where no answer granted it to this call."""
        destination = Destination.parse(url)
        if destination is None or not self._grants.allows("GET", destination):
            return None
        origin = destination.origin
        headers = [("accept-encoding", "identity"), ("user-agent", self._user_agent)]
        return self.send("GET", origin.scheme, origin.authority, destination.target, headers)

    def _route(self, method, destination):
        """The one route that a request may take; everything else is noted and refused."""
        origin, path = destination.origin, destination.path
        if self._content.is_meant(destination):
            return "local"
        if origin.text == self._account.text:
            refused = self._rules.check_api(method, path)
            if not refused and self._content.is_named(path):
                refused = Refused("not_content", NOT_CONTENT)
            route = "account"
        elif self._account.shares_server(origin):
            refused, route = Refused("not_content", NOT_CONTENT), None
        elif self._grants.allows(method, destination):
            refused, route = None, "granted"
        else:
            refused, route = self._rules.check_content(method, origin), "content"
        if refused:
            raise self._deny(self._describe(method, destination), refused)
        return route

    def _locally(self, request):
        hold_request(request.body, request.length, 0, self.too_much)
        answer = self._content.answer(request.method, request.destination, request.headers)

        def unchanged():
            try:
                yield from answer.body
            except Exception:
                raise self.fail("content_changed", "local content changed while it was being read; repeat once it is settled", "HTTP-response-incomplete") from None

        return answer._replace(body=checked(unchanged(), content_length(answer.headers), self._meter))

    def _to_account(self, request):
        """Held whole, so that it can be sent again, and so that a cut answer is
        noticed before a guest sees it."""
        bare = request.method in _WITHOUT_BODY
        body = hold_request(request.body, request.length, 0 if bare else _API_REQUEST_BYTES, self.too_much)
        headers = [*request.headers, ("accept-encoding", "identity")]
        if not any(name == "user-agent" for name, _ in headers):
            headers.append(("user-agent", self._user_agent))

        def once():
            self._meter.sent(len(body))
            status, fields, expected, pieces = self._exchange(request, headers, None if bare else body, len(body))
            if (expected or 0) > _API_ANSWER_BYTES:
                pieces.close()
                raise self.too_large(_API_ANSWER_BYTES)
            return Answer(status, fields, hold_answer(pieces, _API_ANSWER_BYTES, self.too_large))

        answer = self._attempts(request, once)
        if 200 <= answer.status < 400:
            rules = self._rules.grants_of(request.method, request.destination.path)
            self._grants.learn(rules, self._account, answer.headers, answer.body)
        return answer

    def _without_credential(self, request):
        """To storage, and for content: streamed, and never sent again once a byte of
        the body was taken."""
        method, headers, length = request.method, request.headers, request.length
        upload = method not in _WITHOUT_BODY
        if not upload:
            hold_request(request.body, length, 0, self.too_much)
        else:
            if length is None:
                raise self.fail("length_required", "a request to storage has no Content-Length; storage refuses chunked bodies, so give the length of the content", "HTTP-request-length-required")
            self._meter.will_send(length)
            headers = [*headers, ("content-length", str(length))]
        source = exactly(request.body, length, self._meter) if upload else None

        def once():
            status, fields, _, pieces = self._exchange(request, headers, source, length if upload else 0)
            return Answer(status, fields, pieces)

        return self._attempts(request, once, source)

    def _attempts(self, request, once, source=None):
        """Sends until there is an answer to hand on."""
        attempts = Attempts(request.method, self._limits.wait)
        began, retries, told = time.monotonic(), 0, self._describe(request.method, request.destination)

        def tell(**more):
            seconds = time.monotonic() - began
            log = {"request": told, "route": request.route, **more, "retries": retries, "milliseconds": round(seconds * 1000)}
            try:
                if self._on_request is not None:
                    self._on_request(log)
            except Exception:
                pass  # Who looks on does not decide what becomes of a write.

        while True:
            answer = failure = None
            try:
                answer = once()
                pause = attempts.after_answer(answer.status, answer.headers, answer.body if isinstance(answer.body, bytes) else b"")
            except Exception as error:
                # A capability may wrap what the body raised.
                failure = (source and source.failure) or classify(error)
                pause = attempts.after_failure(failure)
            if pause is not None and not (source and source.begun) and not self.ended.cancelled:
                if answer is not None and not isinstance(answer.body, bytes):
                    answer.body.close()
                retries += 1
                self.ended.wait(pause)
                continue
            if answer is not None:
                tell(status=answer.status)
                return answer
            self._note(failure, request, told)
            tell(error=failure.code)
            raise failure

    def _note(self, failure, request, told):
        """Notes what a failure says beside its code."""
        if failure.code == "destination-IP-prohibited":
            self._deny(told, Refused("address", "none: this machine, its network and reserved addresses are never dialled"))
        if failure.certificate:
            origin = request.destination.origin.text
            self.fail("certificate", f"the TLS certificate of {origin} is not accepted: {failure.certificate}; if this network inspects TLS, give Python the firm's CA certificates with SSL_CERT_FILE; else check this machine's clock and CA certificates, and who answers there")
        if failure.credential:
            self.fail(failure.credential.code, f"the connection has no usable credential: {failure.credential.message}")

    def _exchange(self, request, headers, body, length):
        """One exchange: status, header fields, the length that was announced, and the
        pieces of the answer, which let go of the connection when they are over."""
        address = request.destination.origin.address
        if address is not None and not permits(request.reach, address):
            raise WireError("destination-IP-prohibited", unsent=True)
        if self.ended.cancelled:
            raise WireError("connection-terminated", unsent=True)
        answer = self._http(Request(
            request.method, request.destination.url, headers, body, length,
            account=request.route == "account", reach=request.reach, timeouts=request.timeouts, ended=self.ended,
        ))
        close = getattr(answer, "close", None) or (lambda: None)
        try:
            fields = [(str(name).lower(), str(value)) for name, value in answer.headers]
            has_body = request.method != "HEAD" and answer.status not in (204, 304)
            expected = content_length(fields) if has_body else None
            self._meter.will_receive(expected or 0)
        except HeaderError:
            close()
            raise WireError("HTTP-protocol-error") from None
        except BaseException:
            close()
            raise
        pieces = checked(answer.body if has_body else None, expected, self._meter, close)
        return answer.status, [it for it in fields if not is_forbidden(it[0])], expected, pieces

    @property
    def limits(self):
        return self._limits

    def moved(self):
        """How many bytes were moved for the guest."""
        return self._meter.moved

    def too_much(self, most):
        return self.fail("request_bytes", f"a request body is larger than {most} bytes; raise the limit if that is meant", "HTTP-request-body-size")

    def too_large(self, most):
        return self.fail("response_bytes", f"an answer is larger than {most} bytes; raise the limit if that is meant", "HTTP-response-body-size")

    def fail(self, kind, message, code=None):
        """Notes a failure, and gives the error that the guest gets."""
        with self._lock:
            self.failure = self.failure or (kind, message)
        return WireError(code)

    def _deny(self, request, refused):
        """Notes a denial, and gives the error that the guest gets."""
        denied = Denied(request, refused.rule, refused.reason)
        with self._lock:
            if denied not in self.denied and len(self.denied) < _MOST_DENIALS:
                self.denied.append(denied)
        return WireError(_CODE_OF_REASON.get(refused.reason, "HTTP-request-denied"))

    def _describe(self, method, destination):
        """What is said of a request outside: no query ever, and of other origins no path."""
        origin, path = destination.origin.text, destination.path
        if origin != self._account.text:
            return f"{method} {origin}"
        if check_path(path) or len(path) > _LONGEST_SHOWN:
            return f"{method} {origin}/…"
        return f"{method} {origin}{generalised(path)}"
