"""Origins, read strictly: as the Rust host's `origin.rs` and
`origin/authority.rs`, in the same words.

Allow-lists fail where two readers of one URL disagree, so there is one reader
here, and what it does not fully understand it refuses. Two origins have the same
`text` exactly when a request to one may carry the other's credential.
"""

import re

from .address import ipv4, ipv6, is_loopback

CLIO_ORIGINS = ("https://app.clio.com", "https://eu.app.clio.com", "https://ca.app.clio.com", "https://au.app.clio.com")

#: What a path and query may hold: no space, no control, nothing beyond ASCII, no fragment.
_PATH = re.compile(r"/[\x21-\x22\x24-\x7e]*")
_PORTS = {"http": 80, "https": 443}
_REASONS = {
    "scheme": "the scheme is neither http nor https",
    "no_host": "there is no host",
    "user_info": "a user name stands before the host; remove everything up to the `@`",
    "percent": "the host is percent-encoded; write it plainly",
    "dot": "the host ends with a dot; remove it",
    "numeric": "the host is a number that is no plain IPv4 address",
    "ipv6": "the host is no plain IPv6 address",
    "characters": "the host holds a character that no host name has; write it in ASCII (punycode)",
    "length": "the host or one of its labels is empty or too long",
    "port": "the port is no plain number from 1 to 65535",
}


class OriginError(ValueError):
    """A URL or origin that is not plain."""


def _refuse(reason):
    raise OriginError(_REASONS[reason])


class Origin:
    """A scheme, a host and a port."""

    def __init__(self, scheme, host, port):
        self.scheme, self.host, self.port = scheme, host, port
        self.authority = host if port == _PORTS[scheme] else f"{host}:{port}"
        self.text = f"{scheme}://{self.authority}"
        self.is_tls = scheme == "https"
        self.is_loopback = host == "localhost" or is_loopback(host)
        #: The host, where it is an address: without brackets.
        self.address = host.strip("[]") if ipv4(host) or ipv6(host) else None

    def shares_server(self, other):
        """Whether the other is on the same server, however it is written."""
        ours, theirs = _plain(self.host), _plain(other.host)
        if _is_this_machine(ours) and _is_this_machine(theirs):
            return self.port == other.port
        return ours == theirs


def _plain(host):
    """An IPv4 address that was written as an IPv6 one, for what it is."""
    address = ipv6(host)
    if address is None or int(address) == 1 or int(address) >> 32 not in (0, 0xFFFF):
        return host
    return ".".join(str(byte) for byte in address.packed[-4:])


def _is_this_machine(host):
    if host == "localhost" or host.endswith(".localhost") or is_loopback(host):
        return True
    address = ipv4(host) or ipv6(host)
    return address is not None and int(address) == 0


def read_authority(text, scheme):
    """Reads `host` or `host:port`."""
    if "@" in text:
        _refuse("user_info")
    if "%" in text:
        _refuse("percent")
    if text.startswith("["):
        bare, closed, after = text[1:].partition("]")
        address = ipv6(bare) if closed else None
        if address is None or (after and not after.startswith(":")):
            _refuse("ipv6")
        return f"[{address.compressed}]", _read_port(after[1:]) if after else _PORTS[scheme]
    host, colon, port = text.partition(":")
    return _read_name(host), _read_port(port) if colon else _PORTS[scheme]


def _read_port(text):
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > 65535:
        _refuse("port")
    return int(text)


def _read_name(host):
    if host == "":
        _refuse("no_host")
    if host.endswith("."):
        _refuse("dot")
    if ipv4(host) is not None:
        return host
    if not re.fullmatch(r"[A-Za-z0-9._-]+", host):
        _refuse("characters")
    if len(host) > 253:
        _refuse("length")
    labels = host.split(".")
    for label in labels:
        if not 1 <= len(label) <= 63:
            _refuse("length")
        if label.startswith("-") or label.endswith("-"):
            _refuse("characters")
    # The last label decides whether resolvers read a number.
    if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]):
        _refuse("numeric")
    return host.lower()


def _read_scheme(text):
    scheme = text.lower()
    return scheme if scheme in _PORTS else _refuse("scheme")


def parse_origin(text, allowed=False):
    """The origin of a connection: one of Clio's regions, this machine, or one that is allowed by name."""
    scheme, found, rest = str(text).partition("://")
    if not found:
        raise OriginError("an origin begins with a scheme, such as https://app.clio.com")
    scheme = _read_scheme(scheme)
    if re.search(r"[/\\?#]", rest):
        raise OriginError("an origin ends after the host and port: no slash, path or query; write https://app.clio.com")
    origin = Origin(scheme, *read_authority(rest, scheme))
    if allowed and not origin.is_tls and not origin.is_loopback:
        raise OriginError("an origin on another machine must use https")
    if not allowed and not origin.is_loopback and origin.text not in CLIO_ORIGINS:
        raise OriginError(f"{origin.text} is none of Clio's regions ({', '.join(CLIO_ORIGINS)}) and not on this machine; to send a token there all the same, allow the origin explicitly")
    return origin


class Destination:
    """Where one request goes: path and query are its own, byte for byte."""

    def __init__(self, origin, target):
        self.origin, self.target = origin, target
        self.path, found, query = target.partition("?")
        self.query = query if found else None
        self.url = f"{origin.text}{target}"

    @classmethod
    def of(cls, scheme, authority, target):
        scheme = _read_scheme(scheme)
        origin = Origin(scheme, *read_authority(authority, scheme))
        target = target or "/"
        if not _PATH.fullmatch(target):
            raise OriginError("the path holds a character that no URL has")
        return cls(origin, target)

    @classmethod
    def parse(cls, url):
        """Reads a URL; None where it is not plain or has a fragment."""
        found = re.fullmatch(r"([A-Za-z]+)://([^/?#]*)([^#]*)", url)
        if not found:
            return None
        scheme, authority, target = found.groups()
        try:
            return cls.of(scheme, authority, f"/{target}" if target.startswith("?") else target)
        except OriginError:
            return None
