"""What an HTTP capability is: a function that takes a `Request` and gives its
`Response`, and is relied on for this.

It connects to no address that the request's `reach` does not permit, and over TLS
where the URL says `https`; it sends a request once, as it stands, follows no
redirect, adds no cookie, and decodes no content; it keeps the request's timeouts;
`unsent` on its error says honestly that not one byte was written, since such a
request is sent again, even a write.
"""

from dataclasses import dataclass, field
from typing import Callable, Iterable, NamedTuple, Optional, Union

from .cancel import Cancel


class Timeouts(NamedTuple):
    """How long a request may take, in seconds."""

    connect: float = 10
    first_byte: float = 60
    between_bytes: float = 30


@dataclass(frozen=True, repr=False)
class Request:
    method: str
    url: str
    #: As they are to be sent.
    headers: list[tuple[str, str]]
    #: None, bytes, or an iterable of bytes, `length` of them: to be sent with that
    #: `Content-Length`.
    body: Union[None, bytes, Iterable[bytes]] = None
    length: int = 0
    #: Whether it goes to the account: then, and only then, it gets the credential.
    account: bool = False
    #: How far it may lead: `world`, to public addresses, or `this_machine` alone.
    reach: str = "world"
    timeouts: Timeouts = Timeouts()
    #: When to give it up: the call is over.
    ended: Cancel = field(default_factory=Cancel)

    def __repr__(self):
        # Neither a header, which may be the credential, nor a query.
        return f"Request({self.method} {self.url.partition('?')[0]})"


class Response(NamedTuple):
    status: int
    #: Pairs of texts.
    headers: Iterable[tuple[str, str]]
    #: None, bytes, or an iterable of bytes.
    body: Union[None, bytes, Iterable[bytes]] = None
    #: Lets go of it when it is read or dropped.
    close: Optional[Callable[[], None]] = None

    def __repr__(self):
        return f"Response({self.status})"


class HttpError(Exception):
    """What a capability may raise. `code` is an error code of `wasi:http`."""

    def __init__(self, code: str = "connection-terminated", unsent: bool = False) -> None:
        super().__init__(code, unsent)
        self.code, self.unsent = code, unsent


class CredentialError(Exception):
    """There is no token: `not_connected`, or `unavailable` for now."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, code)
        self.message, self.code = message, code
