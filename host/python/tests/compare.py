"""A story told twice, with `clio run` and here, for comparison."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clio_actions import CallError

from .sandbox import Sandbox
from .stories import BEGAN


def native(world, test):
    return world.clio_run


def here(world, test):
    clio = world.clio()

    def run(name, value):
        try:
            return clio.call(name, value)
        except CallError as error:
            return error.to_json()
    return run


def agree(test, stories):
    """Tells each story, by its name, with `clio run` and here, and gives both.

    What `clio run` does is kept in the folder CLIO_TOLD, where there is one: it is
    the same for each version of the engine."""
    kept = os.environ.get("CLIO_TOLD")

    def both(named):
        name, story = named
        file = Path(kept) / f"{name.replace(' ', '-')}.json" if kept else None
        if file and file.exists():
            expected = json.loads(file.read_text("utf-8"))
        else:
            expected = told(test, story, native)
            if file:
                file.write_text(json.dumps(expected), "utf-8")
        return name, expected, told(test, story, here)

    with ThreadPoolExecutor(4) as pool:
        for name, expected, seen in pool.map(both, stories.items()):
            with test.subTest(name):
                test.maxDiff = 4000
                test.assertTrue(expected["outcomes"])
                test.assertEqual(seen, expected)
            yield name, seen


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
