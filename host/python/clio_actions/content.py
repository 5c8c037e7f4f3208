"""Local content of one call, under a secret name, and what its caller named on the
account's own server: as the Rust host's `egress/content.rs` and `local.rs`.

What must stay true: a guest reaches only what its caller named for this call, and
never by a path; what was announced is delivered, or the body breaks off.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Callable, Iterable, NamedTuple, Optional

from .headers import field
from .json_mapping import JsonError, from_json
from .origin import Origin, OriginError, read_authority

_HOST = "content.invalid"
_MOST = 1024
#: From how many characters on inline bytes go by URL: 1 MiB of them takes 0.4 s and
#: 110 MiB inline, and 0.1 s and 3 MiB so.
_LARGE = 64 << 10
#: Deeper than this no input is taken.
_DEEPEST = 64
_HTTP_URL = re.compile(r"[\s\x00-\x1f]*(https?):[/\\]*([^/\\?#]*)(.*?)[\s\x00-\x1f]*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class LocalContent:
    """Content that a call may read. `open(start, end)` gives its bytes, each time anew."""

    length: int
    open: Callable[[int, int], Iterable[bytes]]
    media_type: Optional[str] = None
    sha256: Optional[str] = None


class LocalAnswer(NamedTuple):
    status: int
    headers: list
    body: Iterable[bytes]


class CallContent:
    """`fetches`: whether the action fetches content by URL."""

    def __init__(self, account, fetches=False):
        self._account, self._fetches = account, fetches
        self._named, self._on_account = {}, set()

    def lend(self, value, depth=0):
        """The input with a URL in the place of each local content, and of inline bytes
        that are many: each would be a value of its own on the way into the action."""
        if isinstance(value, LocalContent):
            return self._described(value)
        if depth > _DEEPEST:
            return value
        if isinstance(value, dict):
            if self._fetches and (data := _large(value.get("source"))) is not None:
                # Both are what the action knows of inline bytes from the beginning.
                digest = hashlib.sha256(data).hexdigest()
                # What does not fit the bytes is the action's to say.
                if value.get("sha256") in (None, digest) and value.get("length") in (None, len(data)):
                    url = self._name(LocalContent(len(data), lambda start, end: [data[start:end]]))
                    return {**value, "source": {"url": url}, "length": len(data), "sha256": digest}
            return {name: self.lend(member, depth + 1) for name, member in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.lend(member, depth + 1) for member in value]
        return value

    def _name(self, content):
        if len(self._named) >= _MOST:
            raise ValueError(f"a call takes at most {_MOST} pieces of content; make several calls")
        name = secrets.token_hex(16)
        self._named[f"/{name}"] = content
        return f"http://{_HOST}/{name}"

    def _described(self, content):
        lent = {"source": {"url": self._name(content)}, "length": content.length}
        if content.media_type:
            lent["media_type"] = content.media_type
        if content.sha256:
            lent["sha256"] = content.sha256
        return lent

    def note(self, value, anywhere):
        """Notes the URLs of an input that lead to the account's own server."""
        if isinstance(value, str):
            if anywhere:
                self._note_url(value)
        elif isinstance(value, dict):
            for name, member in value.items():
                self.note(member, anywhere or name == "url")
        elif isinstance(value, (list, tuple)):
            for member in value:
                self.note(member, anywhere)

    def _note_url(self, text):
        """Read generously, unlike everything that is sent: a component may have read it so."""
        found = _HTTP_URL.fullmatch(text)
        if not found:
            return
        scheme, written, path = found[1].lower(), found[2], found[3]
        authority = written.rpartition("@")[2].replace(".:", ":").rstrip(".:")
        try:
            origin = Origin(scheme, *read_authority(authority, scheme))
        except OriginError:
            return
        if self._account.shares_server(origin):
            self._on_account.add(re.split(r"[?#]", path)[0].replace("\\", "/"))

    def is_named(self, path):
        """Whether the caller named what stands at a path of the account."""
        return path in self._on_account

    def is_meant(self, destination):
        """Whether a request is for local content of this call or another."""
        return destination.origin.host == _HOST

    def answer(self, method, destination, headers):
        """Answers a request for local content, as a small HTTP server would."""
        origin = destination.origin
        plain = origin.scheme == "http" and origin.port == 80 and destination.query is None
        content = self._named.get(destination.path) if plain else None

        def refusal(status, *more):
            return LocalAnswer(status, [("content-length", "0"), *more], ())

        if content is None:
            return refusal(404)
        if method not in ("GET", "HEAD"):
            return refusal(405, ("allow", "GET, HEAD"))
        asked = _asked_range(field(headers, "range"), content.length) if method == "GET" else None
        start, end = asked or (0, content.length)
        if asked and start >= end:
            return refusal(416, ("content-range", f"bytes */{content.length}"))
        fields = [("content-length", str(end - start)), ("accept-ranges", "bytes")]
        if asked:
            fields.append(("content-range", f"bytes {start}-{end - 1}/{content.length}"))
        if content.media_type:
            fields.append(("content-type", content.media_type))
        return LocalAnswer(206 if asked else 200, fields, () if method == "HEAD" else content.open(start, end))


def _large(source):
    """The bytes of an inline content, where it is a valid one and they are many."""
    inline = source.get("inline") if isinstance(source, dict) and len(source) == 1 else None
    if not isinstance(inline, str) or len(inline) < _LARGE:
        return None
    try:
        return from_json(inline, "bytes")
    except JsonError:
        return None  # The check of the input says what is wrong with it.


def _asked_range(value, length):
    """The one range that a request asks for; None: all of it."""
    found = re.fullmatch(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", value or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        return max(0, length - int(last)), length
    if last == "":
        return int(first), length
    return (int(first), min(int(last) + 1, length)) if int(first) <= int(last) else None
