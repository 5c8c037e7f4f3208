"""A story told twice, with `clio run` and here, for comparison."""

import json
import re

from clio_actions import CallError, Clio, bearer

from .sandbox import Sandbox
from .stories import BEGAN


def native(world, test):
    return world.clio_run


def here(world, test):
    clio = Clio(world.origin, bearer(lambda: world.token))
    test.addCleanup(clio.close)

    def run(name, value):
        try:
            return clio.call(name, value)
        except CallError as error:
            return error.to_json()
    return run


def told(test, story, runner):
    """What is told of a story: outcomes and requests, without what two sandboxes or
    two moments differ in."""
    world = Sandbox(test)
    storage = world.control("GET", "")["storage_origin"]
    run, outcomes = runner(world, test), []

    def noted(name, value):
        outcome = run(name, value)
        outcomes.append([name, outcome])
        return outcome

    story(world, noted)
    test.assertEqual(world.control("GET", "/ignored"), [])
    kept = ("origin", "method", "path", "query", "authorization", "body", "status", "fault")
    # `connection` is the HTTP client's.
    requests = [{**{name: it.get(name) for name in kept}, "headers": [name for name in it["headers"] if name != "connection"]} for it in world.trace()]
    plain = json.dumps({"outcomes": outcomes, "requests": requests}, ensure_ascii=False)
    plain = plain.replace(world.origin, "{account}").replace(storage, "{storage}")
    for pattern, put in (
        (r'"(correlation_id|cursor|secret)": "[^"]+"', r'"\1": "{made up}"'),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", lambda it: it[0] if it[0] == BEGAN else "{time}"),
        # What the sandbox signs, and the names that it makes up.
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "{uuid}"),
        (r'--[A-Za-z0-9_-]{16}"', '--{signature}"'),
        (r'\{storage\}/[^"]*', "{presigned}"), (r'"path": "/(?!api)[^"]*"', '"path": "{presigned}"'),
    ):
        plain = re.sub(pattern, put, plain)
    shown = json.loads(plain)
    for request in shown["requests"]:
        if re.search("X-Amz|sig", json.dumps(request["query"]), re.IGNORECASE):
            request["query"] = "{signature}"
    return shown
