"""What the calls of one action may send: its description, and what the embedder's
policy leaves of it. As the Rust host's `policy/`, in the same words.

What must stay true: nothing is allowed that no rule names; `/oauth/` is never
allowed; a path that servers may read in two ways matches nothing.
"""

import re
from typing import Iterable, NamedTuple, Optional

from .origin import parse_origin

_LONGEST_ID = 20

#: What a refusal says of content on the account's own server.
NOT_CONTENT = "none: what stands on the account's own server is read by the rules for the account, and is never content, wherever its URL came from"


class Refused(NamedTuple):
    """Why a request is refused, and the rule that would allow it."""

    reason: str
    rule: str


def matches(pattern, path):
    """Whether a path fits a pattern, in which `{id}` stands for one or more digits."""
    first, *pieces = pattern.split("{id}")
    if not path.startswith(first):
        return False
    rest = path[len(first):]
    for piece in pieces:
        digits = len(re.match(r"[0-9]*", rest)[0])
        if not 1 <= digits <= _LONGEST_ID or not rest.startswith(piece, digits):
            return False
        rest = rest[digits + len(piece):]
    return rest == ""


def generalised(path):
    """The pattern that fits a path: what fills a segment as an id does becomes `{id}`."""
    return "/".join(re.sub(r"^[0-9]{1,20}(?=\.|$)", "{id}", segment) for segment in path.split("/"))


def check_path(path):
    """Why a path is refused before any rule: it can be read in two ways, or is never allowed."""
    segments = path.split("/")
    if not re.fullmatch(r"/[A-Za-z0-9/._~-]*", path) or "//" in path or "." in segments or ".." in segments:
        return "ambiguous_path"
    first = segments[1].lower()
    return "never_allowed" if first == "oauth" or first.startswith("oauth.") else None


def _read_rule(rule):
    """Reads a rule such as `GET /api/v4/contacts/{id}.json`."""
    found = re.fullmatch(r"(GET|HEAD|POST|PUT|PATCH|DELETE) (/.*)", rule) if isinstance(rule, str) else None
    if not found or check_path(found[2].replace("{id}", "0")) or re.search(r"\{id\}[0-9{]", found[2]):
        raise ValueError("a rule is a method and a path, such as `GET /api/v4/contacts/{id}.json`")
    return {"method": found[1], "path": found[2]}


class Policy:
    """What of the described requests is allowed, and where content may be fetched
    from. It only narrows."""

    def __init__(self, allow: Optional[Iterable[str]] = None, content_origins: Iterable[str] = ()) -> None:
        self.allow = None if allow is None else [_read_rule(rule) for rule in allow]
        self.content_origins = [parse_origin(text, allowed=True).text for text in content_origins]


class Rules:
    def __init__(self, description, policy):
        self.requests = description["requests"]
        self.grants = description.get("grants", [])
        self.content = description.get("content") is True
        self.policy = policy

    def check_api(self, method, path):
        """Why a request to the account is refused; None where it is allowed."""
        reason = check_path(path)
        if reason:
            return Refused(reason, "none: this is never allowed")

        def fits(rules):
            return any(rule["method"] == method and matches(rule["path"], path) for rule in rules)

        pattern = generalised(path)
        if not fits(self.requests):
            return Refused("not_described", f'requests = [{{ method = "{method}", path = "{pattern}" }}]')
        if self.policy.allow is not None and not fits(self.policy.allow):
            return Refused("not_allowed", f'allow = ["{method} {pattern}"]')
        return None

    def check_content(self, method, origin):
        """Why content may not be fetched from an origin; None where it may."""
        if method not in ("GET", "HEAD"):
            return Refused("other_origin", "none: requests go to the connection's own origin, to URLs that Clio gave in this call, and with GET or HEAD to the policy's content_origins")
        if not self.content:
            return Refused("not_described", "content = true")
        if origin.text not in self.policy.content_origins:
            return Refused("content_origin", f'content_origins = ["{origin.text}"]')
        if not origin.is_tls:
            return Refused("address", "none: content is fetched over TLS, and not from this machine")
        return None

    def grants_of(self, method, path):
        """The grants that an answer to a request may give."""
        return [grant for grant in self.grants if grant["method"] == method and matches(grant["path"], path)]
