"""The bodies that pass through egress, each with its bounds: as the Rust host's
`egress/body.rs`.

What must stay true: no body passes a bound unnoticed; a body that ends early is an
error and never short data.
"""

import threading

from .wire import WireError


class Meter:
    """What a call has sent and received."""

    def __init__(self, egress):
        self._egress = egress
        self._lock = threading.Lock()
        self._sent = self._received = 0

    @property
    def moved(self):
        return self._sent + self._received

    def sent(self, count):
        with self._lock:
            self._sent += count
        self.will_send(0)

    def received(self, count):
        with self._lock:
            self._received += count
        self.will_receive(0)

    def will_send(self, count):
        most = self._egress.limits.request_bytes
        if self._sent + count > most:
            raise self._egress.too_much(most)

    def will_receive(self, count):
        most = self._egress.limits.response_bytes
        if self._received + count > most:
            raise self._egress.too_large(most)


def hold_request(body, length, most, too_much):
    """Reads a guest's request body whole."""
    if length is not None and length > most:
        raise too_much(most)
    pieces, held = [], 0
    for piece in body:
        held += len(piece)
        if held > most:
            raise too_much(most)
        pieces.append(piece)
    if length is not None and length != held:
        raise WireError("HTTP-request-body-size")
    return b"".join(pieces)


class exactly:
    """A body that streams to storage: exactly as many bytes as were announced."""

    def __init__(self, body, length, meter):
        self._body, self._length, self._meter = body, length, meter
        #: Whether it was begun, and what broke it.
        self.begun, self.failure = False, None

    def __iter__(self):
        self.begun = True
        left = self._length
        try:
            for piece in self._body:
                left -= len(piece)
                if left < 0:
                    raise WireError("HTTP-request-body-size")
                self._meter.sent(len(piece))
                yield piece
            if left > 0:
                raise WireError("HTTP-request-body-size")
        except WireError as error:
            self.failure = error
            raise


def checked(body, expected, meter, close=lambda: None):
    """The pieces of an answer's body: its bytes counted, its end held against the
    length that was announced. `close` is called when they are over, or dropped."""
    pieces = _checked(body, expected, meter, close)
    # Begun at once: a generator that was never begun lets go of nothing.
    next(pieces)
    return pieces


def _checked(body, expected, meter, close):
    left = expected
    try:
        yield b""
        for piece in [body] if isinstance(body, (bytes, bytearray)) else body or ():
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise WireError("HTTP-protocol-error")
            if not piece:
                continue
            meter.received(len(piece))
            if left is not None:
                left -= len(piece)
                if left < 0:
                    raise WireError("HTTP-protocol-error")
            yield bytes(piece)
        if left:
            raise WireError("HTTP-response-incomplete")
    except (WireError, GeneratorExit):
        raise
    except TimeoutError:
        raise WireError("connection-read-timeout") from None
    except Exception:
        raise WireError("HTTP-response-incomplete") from None
    finally:
        close()


def hold_answer(pieces, most, too_large):
    """Reads an answer whole."""
    held, length = [], 0
    try:
        for piece in pieces:
            length += len(piece)
            if length > most:
                raise too_large(most)
            held.append(piece)
    finally:
        pieces.close()
    return b"".join(held)
