"""When a request is sent again: as the Rust host's `egress/retry.rs`, and what an
answer says about the rate limit, as `budget/signals.rs`.

What must stay true: a request other than GET and HEAD is sent again only when Clio
refused it for its limit, or when not one byte of it was written.
"""

import base64
import binascii
import json
import random
import re
import time
from email.utils import parsedate_to_datetime

from .headers import field

# Times are in seconds.
_ATTEMPTS = 3
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 3
_LONGEST_WAIT = 3600
_SHORTEST_WAIT = 1
_SEARCHED = 4096

#: Errors after which another attempt would end the same way.
_SETTLED = frozenset((
    "destination-IP-prohibited", "HTTP-request-denied", "HTTP-request-URI-invalid", "HTTP-request-body-size",
    "HTTP-response-body-size", "TLS-certificate-error", "configuration-error",
))


class Attempts:
    """The attempts at one request. `patience`: the longest pause that a refusal may ask for."""

    def __init__(self, method, patience):
        self._reads = method in ("GET", "HEAD")
        self._patience = patience
        self._made = 0

    def after_answer(self, status, headers, body):
        """After how many seconds to send again; None: not at all."""
        self._made += 1
        limited, asked = signal(status, headers, body)
        return self._again(asked or 0) if limited or (self._reads and status >= 500) else None

    def after_failure(self, failure):
        self._made += 1
        if failure.code in _SETTLED:
            return None
        return self._again(0) if self._reads or failure.unsent else None

    def _again(self, asked):
        if self._made >= _ATTEMPTS or asked > self._patience:
            return None
        return asked + random.uniform(0, min(_FIRST_PAUSE * 2 ** (self._made - 1), _LONGEST_PAUSE))


def signal(status, headers, body):
    """Whether an answer is a refusal for the rate limit, and the wait that it asks for."""
    wrapped = _wrapped_refusal(body) if 0 < len(body) <= _SEARCHED else None
    limited = status == 429 or wrapped is not None
    if not limited and status != 503:
        return False, None
    wait = _in_field(field(headers, "retry-after"), field(headers, "date"))
    if wait is None:
        wait = _in_words(wrapped or body[:_SEARCHED].decode(errors="replace"))
    if wait is not None:
        wait = max(min(wait, _LONGEST_WAIT), _SHORTEST_WAIT if limited else 0)
    return limited, wait


def _date(text):
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _in_field(value, date):
    """`Retry-After`, in seconds or as an HTTP date; one in the past means now."""
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    until = _date(value)
    return None if until is None else max(0, until - (_date(date) or time.time()))


def _in_words(text):
    """`Retry in N seconds`, as Clio's 429 says it in words."""
    found = re.search(r"retry in ([0-9]{1,9}) second", text, re.IGNORECASE)
    return int(found[1]) if found else None


def _wrapped_refusal(body):
    """The text of a refusal that came with base64 inside, as seen in the field."""
    if b"encodingDecoded" not in body:
        return None
    try:
        answer = json.loads(body)
        if not isinstance(answer["metadata"]["encodingDecoded"], str):
            return None
        words = base64.b64decode(answer["data"]).decode(errors="replace")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return None
    return words if "RateLimited" in words else None
