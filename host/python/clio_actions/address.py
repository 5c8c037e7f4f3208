"""Which addresses may be dialled: as the Rust host's `egress/address.rs`.

A name says nothing about where it leads, so the rule is about the address that is
dialled, after resolution. What must stay true: for requests to the world only
global unicast addresses pass, and none that carries an IPv4 address inside; for a
sandbox on this machine only this machine's own addresses pass.

Source of the ranges: IANA's special-purpose address registries (RFC 6890).
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_V4 = [IPv4Network(it) for it in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)]
# Everything assigned for global unicast lies here, and this is apart from it.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = [IPv6Network(it) for it in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


def ipv4(text):
    """An IPv4 address in four decimal parts without leading zeros, or None."""
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def ipv6(text):
    """An IPv6 address, with or without brackets, or None."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return None if "%" in bare else IPv6Address(bare)
    except AddressValueError:
        return None


def is_loopback(text):
    """Whether an address is this machine's own."""
    address = ipv4(text)
    if address is not None:
        return address in IPv4Network("127.0.0.0/8")
    return ipv6(text) == IPv6Address(1)


def _is_global(text):
    address = ipv4(text)
    if address is not None:
        return not any(address in network for network in _SPECIAL_V4)
    address = ipv6(text)
    if address is None or address not in _GLOBAL_V6:
        return False
    # ISATAP carries an IPv4 address in its interface identifier.
    if int(address) >> 32 & 0xFFFFFFFF in (0x5EFE, 0x02005EFE):
        return False
    return not any(address in network for network in _SPECIAL_V6)


def permits(reach, address):
    """Whether a request of this reach, `world` or `this_machine`, may dial an address."""
    return is_loopback(address) if reach == "this_machine" else _is_global(address)
