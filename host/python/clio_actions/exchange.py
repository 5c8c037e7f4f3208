"""One HTTP exchange between a guest, in the thread that it runs in, and egress, in
a thread of the exchange: what is still to be written, what was answered, what may
be read.

What must stay true: no more than a window of a body is on its way in either
direction, so that memory does not grow with a document.
"""

import threading
from collections import deque

from .wire import WireError

#: How many bytes of a body may be on their way at once.
WINDOW = 256 << 10


class Exchange:
    """`news` is the condition that all exchanges of a call share."""

    def __init__(self, news):
        self._news = news
        # The request's body. `sunk`: the other side takes no more of it.
        self._queue = deque()
        self.room = WINDOW
        self.sunk = self._finished = self._abandoned = False
        # The answer: `status` and `headers`, or in their place the code `failed`.
        self.status = self.headers = self.failed = None
        self._pieces, self._held = deque(), 0
        self.broken = self._ended = self._dropped = False

    def begin(self, egress, request, timeouts):
        """Has egress send it."""
        threading.Thread(target=self._send, args=(egress, request, timeouts), name="clio exchange", daemon=True).start()

    # What the guest does. Whoever calls these holds `news`.

    def write(self, data):
        self.room -= len(data)
        self._queue.append(data)
        self._news.notify_all()

    def finish(self):
        self._finished = True
        self._news.notify_all()

    def abandon(self):
        if not self._finished:
            self._abandoned = self.sunk = True
            self._news.notify_all()

    def answered(self):
        return self.status is not None or self.failed is not None

    def readable(self):
        return bool(self._pieces) or self._ended or self.broken

    def read(self, most):
        """At most `most` bytes; none: there are none yet; None: that was all."""
        if self._pieces:
            piece, at = self._pieces[0]
            taken = piece[at:at + most]
            if at + len(taken) == len(piece):
                self._pieces.popleft()
            else:
                self._pieces[0] = piece, at + len(taken)
            self._held -= len(taken)
            self._news.notify_all()
            return taken
        return None if self._ended or self.broken else b""

    def drop(self):
        """The guest reads no more of the answer."""
        self._dropped = True
        self._pieces.clear()
        self._news.notify_all()

    # What egress does, in its own thread.

    def _send(self, egress, request, timeouts):
        try:
            answer = egress.send(*request, body=self._body(egress), timeouts=timeouts)
        except WireError as error:
            return self._tell(failed=error.code or "internal-error", sunk=True)
        except Exception:
            return self._tell(failed="internal-error", sunk=True)
        pieces = [answer.body] if isinstance(answer.body, bytes) else answer.body
        self._tell(status=answer.status, headers=answer.headers)
        try:
            for piece in pieces:
                if not self._put(piece, egress):
                    return None
        except Exception:
            return self._tell(broken=True)
        finally:
            getattr(pieces, "close", lambda: None)()
        return self._tell(_ended=True)

    def _body(self, egress):
        """The request's body as egress takes it."""
        try:
            while True:
                with self._news:
                    self._news.wait_for(lambda: self._queue or self._finished or self._abandoned or egress.ended.cancelled)
                    if egress.ended.cancelled or (self._abandoned and not self._queue):
                        raise WireError("internal-error")
                    if not self._queue:
                        return
                    piece = self._queue.popleft()
                    self.room += len(piece)
                    self._news.notify_all()
                yield piece
        finally:
            with self._news:
                if not self._finished or self._queue:
                    self.sunk = True
                    self._queue.clear()
                    self._news.notify_all()

    def _put(self, piece, egress):
        """Hands a piece of the answer on, once there is room; whether it is wanted."""
        with self._news:
            self._news.wait_for(lambda: self._held < WINDOW or self._dropped or egress.ended.cancelled)
            if self._dropped or egress.ended.cancelled:
                return False
            if piece:
                self._pieces.append((piece, 0))
                self._held += len(piece)
                self._news.notify_all()
            return True

    def _tell(self, **news):
        with self._news:
            self.__dict__.update(news)
            self._news.notify_all()
