"""A dry run: reads happen, writes are held back and told. As the Rust host's
`egress/dry_run.rs`, and told as `clio run --dry-run` does.

What is held back is the caller's own data and goes to the caller alone: to no log
and no error.
"""

import json


def reads(method):
    """Whether a method only reads."""
    return method in ("GET", "HEAD", "OPTIONS")


def withheld(method, url, body):
    """A request as it would have been sent."""
    told = {"method": method, "url": url}
    if body:
        try:
            told["body"] = json.loads(body)
        except (ValueError, RecursionError):
            told["body"] = f"{len(body)} bytes that are no JSON"
    return told


def is_held_back(error):
    """Whether a call ended because its write was held back, and for nothing else."""
    return error.code == "denied_by_policy" and not error.denied
