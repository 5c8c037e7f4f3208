"""What ends a call from outside of it."""

import threading


class Cancel:
    """Ends each call that it is given to: `cancel()` may come from any thread, at
    any time, and once for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._callbacks = {}

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        with self._lock:
            self._event.set()
            callbacks, self._callbacks = list(self._callbacks.values()), {}
        for callback in callbacks:
            callback()

    def wait(self, seconds):
        """Waits so long, or until it is cancelled; whether it is."""
        return self._event.wait(seconds)

    def when_cancelled(self, callback):
        """Has `callback` called then, or now; gives what takes that back."""
        with self._lock:
            if not self.cancelled:
                self._callbacks[callback_key := object()] = callback
                return lambda: self._callbacks.pop(callback_key, None) and None
        callback()
        return lambda: None
