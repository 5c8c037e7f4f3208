"""The adversarial cases of `tests/cases/egress.json`, which every host of the
actions runs: what may leave, by which route, and what is told of the rest."""

import http.server
import json
import re
import threading
import unittest
from pathlib import Path

from clio_actions import Policy, Response, bearer, http_client
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


class Early:
    """A call to a real server that answers before it reads a body, and to its storage;
    `seen` holds what they took for requests."""

    def __init__(self, test):
        seen = self.seen = []

        def listen(answer):
            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def handle_one_request(self):
                    super().handle_one_request()
                    # What the length announces is read when all else was said.
                    if getattr(self, "headers", None) is not None:
                        self.rfile.read(int(self.headers["content-length"] or 0))

                def answered(self):
                    told = [self.headers[name] for name in ("content-length", "transfer-encoding", "connection", "authorization")]
                    seen.append(" ".join([self.command, self.path, *(it for it in told if it)]))
                    body = answer().encode()
                    self.send_response_only(200)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    self.wfile.flush()

                do_GET = do_POST = do_PUT = do_DELETE = answered

                def send_error(self, code, *_):
                    seen.append(f"{code} for {self.raw_requestline}")
                    self.close_connection = True

                def log_message(self, *_):
                    pass

            class Quiet(http.server.ThreadingHTTPServer):
                def handle_error(self, *_):
                    pass

            server = Quiet(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            test.addCleanup(server.server_close)
            test.addCleanup(server.shutdown)
            return f"http://127.0.0.1:{server.server_address[1]}"

        self.put = listen(lambda: "") + "/a"
        self.account = listen(lambda: json.dumps({"data": {"latest_document_version": {"put_url": self.put}}}))
        self.contacts, self.documents = f"{self.account}/api/v4/contacts.json", f"{self.account}/api/v4/documents.json"
        own = http_client()
        test.addCleanup(own.close)
        origin = parse_origin(self.account)
        self.egress = CallEgress(origin, Rules(TABLE["description"], Policy()), CallContent(origin), bearer(lambda: "token", own), Limits(wait=0), "test")

    def send(self, method, url, headers, *pieces):
        """The code of what became of a request."""
        try:
            answer = self.egress.send(*parts(method, url, headers), iter(pieces))
            b"".join([answer.body] if isinstance(answer.body, bytes) else answer.body)
        except WireError as error:
            return error.code
        return None


SMUGGLED = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nDELETE /api/v4/matters/1.json HTTP/1.1\r\nx: "


class Framing(unittest.TestCase):
    def setUp(self):
        self.at = Early(self)

    def seen(self):
        # What would be read too much is read a moment later.
        threading.Event().wait(0.03)
        seen = self.at.seen[:]
        self.at.seen.clear()
        return seen

    def test_a_length_of_the_guests_swallows_nothing_of_the_next_request(self):
        send, at = self.at.send, self.at
        post = [f"POST /api/v4/documents.json {len(SMUGGLED)} Bearer token"]
        for length in range(150, 350, 10):
            headers = [("content-length", str(length))]
            self.assertEqual(send("GET", at.contacts, headers, b"A" * length), "HTTP-request-body-size")
            self.assertEqual(send("GET", at.contacts, headers), "HTTP-request-body-size")
            self.assertIsNone(send("POST", at.documents, [("content-length", str(len(SMUGGLED)))], SMUGGLED))
            self.assertEqual(self.seen(), post)
        self.assertEqual(at.egress.failure, ("request_bytes", "a request body is larger than 0 bytes; raise the limit if that is meant"))
        self.assertIsNone(send("GET", at.contacts, [("content-length", "0")]))
        self.assertEqual(self.seen(), ["GET /api/v4/contacts.json Bearer token"])

    def test_a_message_is_framed_by_the_host_alone(self):
        send, at = self.at.send, self.at
        framing = [
            ("transfer-encoding", "chunked"), ("transfer_encoding", "chunked"), ("connection", "close"), ("te", "trailers"),
            ("trailer", "x"), ("upgrade", "h2c"), ("expect", "100-continue"), ("content_length", "3"),
        ]
        self.assertIsNone(send("POST", at.documents, [("content-length", "0000010"), *framing], b"0123456789"))
        self.assertIsNone(send("POST", at.documents, framing, b"abc"))
        self.assertIsNone(send("PUT", at.put, [("content-length", "0000010"), *framing], b"01234", b"56789"))
        self.assertEqual(self.seen(), ["POST /api/v4/documents.json 10 Bearer token", "POST /api/v4/documents.json 3 Bearer token", "PUT /a 10"])
        for lengths in (["+10"], ["1_0"], ["10", "10"], ["10, 10"], [" 10"], ["10\n"], ["\u0661\u0660"], ["1e1"]):
            for method, url in (("GET", at.contacts), ("POST", at.documents), ("PUT", at.put)):
                self.assertEqual(send(method, url, [("content-length", it) for it in lengths], b"0123456789"), "HTTP-protocol-error", lengths)
        self.assertEqual(self.seen(), [])

    def test_no_capability_is_given_a_length_as_the_guest_wrote_it(self):
        for method, url in (("GET", "https://app.clio.com/api/v4/contacts.json"), ("POST", "https://app.clio.com/api/v4/documents.json"), ("GET", "https://files.example.com/a")):
            [sent] = Tried({"policy": {"content_origins": ["https://files.example.com"]}, "request": {"method": method, "url": url, "headers": [("content-length", "00")]}}).sent
            self.assertEqual([it for it in sent.headers if it[0] == "content-length"], [], url)
            self.assertEqual((sent.length, sent.body is None), (0, method == "GET"))

    def test_a_body_of_another_length_ends_its_request_and_is_never_part_of_the_next(self):
        send, at = self.at.send, self.at
        send("POST", at.documents, [], b"{}")
        self.seen()
        for length in ("3", "5"):
            self.assertEqual(send("POST", at.documents, [("content-length", length)], b"abcd"), "HTTP-request-body-size")
        self.assertEqual(self.seen(), [])
        for length in range(80, 300, 10):
            self.assertEqual(send("PUT", at.put, [("content-length", str(length))], b"abc"), "HTTP-request-body-size")
            self.assertEqual(send("PUT", at.put, [("content-length", "3")], b"abc", SMUGGLED), "HTTP-request-body-size")
            self.assertIsNone(send("PUT", at.put, [("content-length", str(len(SMUGGLED)))], SMUGGLED))
        seen = self.seen()
        self.assertEqual([it for it in seen if not re.fullmatch(r"PUT /a [0-9]+", it)], [])
        self.assertEqual(seen.count(f"PUT /a {len(SMUGGLED)}"), 22)


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
