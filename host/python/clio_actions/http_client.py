"""HTTP over the standard library, on connections that are kept.

It dials the addresses that it looked at itself: a name that is looked up again may
lead elsewhere. A connection that was allowed to this machine is never reused for
the world, and one whose answer came before the whole request was sent for nothing:
what is left of the one request would be read as the next.
"""

import http.client
import select
import socket
import ssl
import threading
import time
from typing import Optional
from urllib.parse import urlsplit

from .address import permits
from .http import HttpError, Request, Response

#: How long a connection is kept without a request, in seconds. Servers commonly
#: close after a minute; one that we close first is never closed under us.
_IDLE = 45
_MOST_KEPT = 16
_PIECE = 64 << 10
#: What frames a message: it is said here alone, by what is sent.
_FRAMING = ("content-length", "transfer-encoding")
#: What says so where it has no body (RFC 9110, 8.6).
_WITH_BODY = ("POST", "PUT", "PATCH")


class http_client:
    """Sends over `http.client`. `context` is an `ssl.SSLContext` in place of the
    default one, which trusts what the system trusts, and `SSL_CERT_FILE`."""

    def __init__(self, context: Optional[ssl.SSLContext] = None) -> None:
        self._context = context or ssl.create_default_context()
        self._lock = threading.Lock()
        self._kept = {}

    def __call__(self, request: Request) -> Response:
        url = urlsplit(request.url)
        key = url.scheme, url.hostname, url.port, request.reach
        connection = self._take(key)
        try:
            if connection is None:
                connection = self._connect(url, request)
            sock = connection.sock
            undo = request.ended.when_cancelled(lambda: _shut(sock))
            answer, in_step = self._exchange(connection, url, request)
        except BaseException:
            if connection is not None:
                undo()
                connection.close()
            raise
        sock.settimeout(request.timeouts.between_bytes)

        def close():
            undo()
            # What was read to its end may serve again.
            whole = answer.isclosed() or answer.length == 0
            answer.close()
            if whole and in_step and not answer.will_close and not request.ended.cancelled:
                self._keep(key, connection)
            else:
                connection.close()

        return Response(answer.status, answer.getheaders(), _pieces(answer), close)

    def _exchange(self, connection, url, request):
        """The answer, and whether it came after the whole request."""
        connection.sock.settimeout(request.timeouts.first_byte)
        target = request.url[request.url.index("/", request.url.index("//") + 2):]
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", url.netloc)
        for name, value in request.headers:
            if name.lower() not in _FRAMING:
                connection.putheader(name, value)
        body, length, in_step = request.body, request.length if request.body is not None else 0, True
        whole = isinstance(body, bytes)
        if whole and len(body) != length:
            raise HttpError("HTTP-request-body-size")
        if body is not None or request.method in _WITH_BODY:
            connection.putheader("content-length", str(length))
        try:
            connection.endheaders(body if whole else None)
            for piece in () if whole or body is None else _exactly(body, length):
                in_step = in_step and not _readable(connection.sock)
                connection.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            # Who refuses a body may have said why.
            in_step = False
        return connection.getresponse(), in_step

    def _connect(self, url, request):
        """A connection to the first address that is permitted and answers."""
        until = time.monotonic() + request.timeouts.connect
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
        except OSError:
            raise HttpError("DNS-error", unsent=True) from None
        permitted = [it for it in found if permits(request.reach, it[4][0])]
        if not permitted:
            raise HttpError("destination-IP-prohibited", unsent=True)
        failure = HttpError("destination-unavailable", unsent=True)
        for family, kind, protocol, _, address in permitted:
            sock = socket.socket(family, kind, protocol)
            undo = request.ended.when_cancelled(lambda s=sock: _shut(s))
            try:
                sock.settimeout(max(0.001, until - time.monotonic()))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if url.scheme == "https":
                    sock = self._context.wrap_socket(sock, server_hostname=url.hostname)
                connection = http.client.HTTPConnection(url.hostname, port)
                connection.sock, connection.auto_open = sock, 0
                return connection
            except TimeoutError:
                failure = HttpError("connection-timeout", unsent=True)
            except ConnectionRefusedError:
                failure = HttpError("connection-refused", unsent=True)
            except ssl.SSLError:
                sock.close()
                raise
            except OSError:
                pass
            finally:
                undo()
            sock.close()
        raise failure

    def _take(self, key):
        with self._lock:
            kept = self._kept.get(key, [])
            while kept:
                connection, since = kept.pop()
                # One that has something to say has been closed.
                if time.monotonic() - since < _IDLE and not _readable(connection.sock):
                    return connection
                connection.close()
        return None

    def _keep(self, key, connection):
        with self._lock:
            kept = self._kept.setdefault(key, [])
            kept.append((connection, time.monotonic()))
            excess = kept[:-_MOST_KEPT]
            del kept[:-_MOST_KEPT]
        for old, _ in excess:
            old.close()

    def close(self) -> None:
        """Lets go of the connections that are kept."""
        with self._lock:
            kept, self._kept = self._kept, {}
        for connection, _ in (it for of in kept.values() for it in of):
            connection.close()


def _exactly(body, length):
    """The pieces of a body that has the length which was announced."""
    for piece in body:
        length -= len(piece)
        if length < 0:
            break
        yield piece
    if length != 0:
        raise HttpError("HTTP-request-body-size")


def _pieces(answer):
    while piece := answer.read1(_PIECE):
        yield piece


def _readable(sock):
    poll = select.poll() if hasattr(select, "poll") else None
    if poll is None:
        return bool(select.select([sock], [], [], 0)[0])
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _shut(sock):
    """Wakes whoever waits for a connection in another thread."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
