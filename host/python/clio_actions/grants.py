"""URLs that Clio gave to one call, and what may be done with them: as the Rust
host's `egress/grants.rs`.

What must stay true: a grant comes only from an answer to an allowed request of the
account; it is compared byte for byte; it ends with the call; nothing sent under it
carries a credential.
"""

import json

from .headers import field
from .origin import Destination

_MOST_OF_ONE_ANSWER = 1024
_MOST = 4096


def _texts(value, segments):
    """The texts at a JSON Pointer, in which `*` stands for every element."""
    if not segments:
        return [value] if isinstance(value, str) else []
    first, rest = segments[0], segments[1:]
    if isinstance(value, list):
        if first == "*":
            return [text for element in value for text in _texts(element, rest)]
        at = int(first) if first.isascii() and first.isdigit() else len(value)
        return _texts(value[at], rest) if at < len(value) else []
    return _texts(value[first], rest) if isinstance(value, dict) and first in value else []


class Grants:
    def __init__(self):
        self._granted = {}

    def allows(self, method, destination):
        """Whether exactly this URL and method was granted."""
        return (method, destination.url) in self._granted

    def learn(self, rules, account, headers, body):
        """Takes in what an answer of the account grants by the given rules."""
        answer = None
        for rule in rules:
            if rule.get("header"):
                self._add(rule["allows"], field(headers, "location"), account)
                continue
            try:
                answer = json.loads(body) if answer is None else answer
            except (ValueError, RecursionError):
                continue  # The action will say what is wrong with it.
            segments = [it.replace("~1", "/").replace("~0", "~") for it in rule["member"].split("/")[1:]]
            for url in _texts(answer, segments)[:_MOST_OF_ONE_ANSWER]:
                self._add(rule["allows"], url, account)

    def _add(self, method, url, account):
        destination = None if url is None else _grantable(url, account)
        if destination is None or self.allows(method, destination):
            return
        if len(self._granted) == _MOST:
            del self._granted[next(iter(self._granted))]
        self._granted[method, destination.url] = True


def _grantable(url, account):
    """A URL over TLS, or on this machine when the account is; none on the account's server."""
    destination = Destination.parse(url)
    if destination is None or account.shares_server(destination.origin):
        return None
    origin = destination.origin
    fits = origin.is_loopback or origin.is_tls if account.is_loopback else origin.is_tls and not origin.is_loopback
    return destination if fits else None
