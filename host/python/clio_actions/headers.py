"""Which header fields a guest may set: the lists of the Rust host's
`egress/headers.rs`, whose reasons stand there.

What must stay true: an `Authorization` that a guest made never leaves; a field is
forbidden in every spelling that some server takes for it, `_` for `-` among them.
Names are in lower case here.
"""

import re

_FORBIDDEN_PREFIXES = ("proxy-", "x-forwarded-", "sec-")
_FORBIDDEN = frozenset((
    "authorization", "cookie", "cookie2", "set-cookie", "host", "connection", "keep-alive", "transfer-encoding",
    "te", "trailer", "upgrade", "http2-settings", "expect", "via", "forwarded", "x-real-ip", "x-client-ip", "x-host",
    "x-original-host", "x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override",
    "x-method-override", "true-client-ip", "alt-used",
))
_FOR_ACCOUNT = frozenset((
    "accept", "accept-language", "content-length", "content-type", "if-match", "if-modified-since", "if-none-match",
    "if-unmodified-since", "range", "user-agent", "x-api-version",
))
_FOR_CONTENT = frozenset((
    "accept", "accept-encoding", "accept-language", "content-length", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "range", "user-agent",
))
_METADATA = ("x-amz-meta-", "x-goog-meta-", "x-ms-meta-")
_DIGITS = re.compile(r"[0-9]{1,18}")


def is_forbidden(name):
    """Whether guests may neither set nor see a field."""
    plain = name.replace("_", "-")
    return plain in _FORBIDDEN or plain.startswith(_FORBIDDEN_PREFIXES)


def may_have(route, name):
    """Whether a request of a route may have a field. Clio signs what storage gets."""
    if route == "account":
        return name in _FOR_ACCOUNT
    if route == "content":
        return name in _FOR_CONTENT
    return "_" not in name or name.startswith(_METADATA)


def field(headers, name):
    """The first value of a field, whose name is in lower case, or None."""
    return next((value for given, value in headers if given == name), None)


class HeaderError(ValueError):
    """A `Content-Length` that is not one plain number."""


def content_length(headers):
    """The length that a message announces, or None."""
    values = [value for name, value in headers if name == "content-length"]
    if not values:
        return None
    if len(values) != 1 or not _DIGITS.fullmatch(values[0]):
        raise HeaderError("give one plain Content-Length")
    return int(values[0])
