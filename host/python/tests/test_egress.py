"""The adversarial cases of `tests/cases/egress.json`, which every host of the
actions runs: what may leave, by which route, and what is told of the rest."""

import json
import re
import unittest
from pathlib import Path

from clio_actions import Policy, Response
from clio_actions.address import permits
from clio_actions.clio import Limits
from clio_actions.content import CallContent
from clio_actions.egress import CallEgress
from clio_actions.origin import OriginError, parse_origin
from clio_actions.rules import Rules
from clio_actions.wire import WireError

TABLE = json.loads((Path(__file__).parents[3] / "tests/cases/egress.json").read_text("utf-8"))


def parts(method, url, headers=()):
    """A request in the parts that a guest gives."""
    scheme, authority, target = re.fullmatch(r"(?is)([a-z]+)://([^/?]*)(.*)", url).groups()
    return method, scheme, authority, target, [tuple(it) for it in headers]


class Tried:
    """What became of the request of a case."""

    def __init__(self, case):
        origin = parse_origin(case.get("account", TABLE["account"]))
        content = CallContent(origin)
        if "named" in case:
            content.note({"content": {"source": {"url": case["named"]}}}, True)
        policy = case.get("policy", {})
        rules = Rules({**TABLE["description"], **case.get("description", {})}, Policy(policy.get("allow"), policy.get("content_origins", ())))
        answers = list(case.get("after", ()))
        self.sent = []

        def http(request):
            self.sent.append(request)
            answer = answers.pop(0) if answers else {}
            body = json.dumps(answer["body"]).encode() if "body" in answer else None
            return Response(answer.get("status", 200), [tuple(it) for it in answer.get("headers", ())], body)

        egress = CallEgress(origin, rules, content, http, Limits(wait=0), "test")
        for before in case.get("after", ()):
            egress.send(*parts(before["method"], origin.text + before["path"]))
        self.sent.clear()
        self.code = None
        try:
            egress.send(*parts(**case["request"]))
        except WireError as error:
            self.code = error.code
        self.denied, self.failure = egress.denied, egress.failure


class Egress(unittest.TestCase):
    def test_no_two_cases_have_one_name(self):
        names = [case["name"] for case in TABLE["cases"]]
        self.assertGreater(len(names), 50)
        self.assertEqual(len(names), len(set(names)))

    def test_the_cases(self):
        for case in TABLE["cases"]:
            with self.subTest(case["name"]):
                self.check(case["expect"], Tried(case))

    def check(self, expect, tried):
        if "route" in expect:
            self.assertIsNone(tried.code)
            [sent] = tried.sent
            self.assertEqual(sent.account, expect["route"] == "account")
            if "url" in expect:
                self.assertEqual(sent.url, expect["url"])
            if "headers" in expect:
                self.assertEqual(sorted(name for name, _ in sent.headers), expect["headers"])
            self.assertEqual(tried.denied, [])
            return
        self.assertEqual(tried.sent, [], "it left")
        if "failure" in expect:
            self.assertEqual(tried.failure[0], expect["failure"])
        else:
            [denied] = tried.denied
            if expect["denied"] != "any":
                self.assertEqual(denied.reason, expect["denied"])
            self.assertEqual(denied.rule, expect.get("rule", denied.rule))
            self.assertEqual(denied.request, expect.get("told", denied.request))
            self.assertNotRegex(denied.request.replace("`@`", ""), r"[?@]|Lee")
        self.assertEqual(tried.code, expect.get("code", tried.code))
        self.assertIsNotNone(tried.code)

    def test_addresses(self):
        for reach, of in TABLE["addresses"].items():
            self.assertTrue(of["denied"] and of["permitted"])
            for address in of["denied"]:
                self.assertFalse(permits(reach, address), f"{reach}: {address}")
            for address in of["permitted"]:
                self.assertTrue(permits(reach, address), f"{reach}: {address}")

    def test_origins(self):
        for text, origin in TABLE["origins"]["taken"]:
            self.assertEqual(parse_origin(text).text, origin)
        for text in TABLE["origins"]["refused"]:
            with self.assertRaises(OriginError, msg=text):
                parse_origin(text)

    def test_a_policy_is_read_strictly(self):
        for allow in ("GET contacts.json", "get /api/v4/contacts.json", "GET /api/v4/*", "GET /oauth/token", "GET /api/v4/{id}{id}.json", "GET /a?x", 1):
            with self.assertRaises(ValueError, msg=allow):
                Policy(allow=[allow])
        with self.assertRaises(ValueError):
            Policy(content_origins=["http://files.example.com"])
        self.assertEqual(len(Policy(["GET /api/v4/contacts/{id}.json"]).allow), 1)


if __name__ == "__main__":
    unittest.main()
