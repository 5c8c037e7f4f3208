"""The outcome of a call, and the content that it names by URL, piece by piece: as
the Rust host's `fetch.rs`. A document of a gigabyte is in no result.

What must stay true: nothing is fetched but a URL that an answer granted to this
very call, by the one way out; what is fetched is whole, or an error.
"""

from .error import CallError, HostFailure, permanent, transient
from .wire import WireError


def _broken(why):
    return transient("unavailable", f"the content did not arrive whole ({why}); try again later")


class Download:
    def __init__(self, outcome, egress, ends, told):
        #: What the call gave.
        self.outcome = outcome
        self._egress, self._ends, self._told = egress, ends, told

    def __iter__(self):
        """The content, if the outcome names one; no pieces otherwise."""
        try:
            try:
                yield from self._pieces()
            except WireError as error:
                self._ends.check()
                raise _broken(error.code) from None
        except CallError as error:
            raise self._told(error) from None

    def _pieces(self):
        content = self.outcome.get("content") if isinstance(self.outcome, dict) else None
        url = content.get("url") if isinstance(content, dict) else None
        if not isinstance(url, str):
            return
        self._ends.watch()
        answer = self._egress.fetch(url)
        if answer is None:
            raise permanent("denied_by_policy", "the result names a URL for its content that no answer of Clio granted to this call")
        taken = 0
        try:
            if answer.status != 200:
                raise transient("unavailable", f"storage did not hand out the content (HTTP {answer.status}); try again later")
            for piece in answer.body:
                taken += len(piece)
                yield piece
        finally:
            answer.body.close()
        self._ends.check()
        size = self.outcome.get("size")
        if size is not None and int(size) != taken:
            raise _broken("not as many bytes as Clio says")

    def into(self, sink):
        """Hands the content to a file, or to a function, piece by piece."""
        take = getattr(sink, "write", sink)
        for piece in self:
            try:
                take(piece)
            except Exception as error:
                raise self._told(HostFailure("internal", f"the content cannot be written: {error}")) from None

    def close(self):
        """Ends what is still on its way."""
        self._ends.over()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
