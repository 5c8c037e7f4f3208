"""What a fault does to a call here is what it does to `clio run`: the same outcome
and the same requests, whether an answer is lost, cut, late or refused."""

import os
import tempfile
import threading
import unittest
from pathlib import Path

from clio_actions import CallError, Clio, bearer, documents

from .compare import agree
from .sandbox import Sandbox
from .stories import contact, upload

POST = {"method": "POST", "path": "/contacts"}
GET = {"method": "GET", "path": "/contacts"}
PUT = {"origin": "storage", "method": "PUT"}
PATCH = {"method": "PATCH", "path": "/documents/*"}
LARGE = "0123456789abcdef" * 60_000


def answer(status, *headers):
    return {"answer": {"status": status, "headers": headers}}


def on_contact(effect, **where):
    def story(world, run):
        world.fault(effect, **where)
        run("sync-contact.sync", contact())
        run("sync-contact.sync", contact())
    return story


def large_inline(world, run):
    """Inline bytes that are many go by URL here: unnoticed."""
    _, matter = world.matter()
    for text, more in ((LARGE, {}), (LARGE, {}), (LARGE + "x", {"on_change": "new_version"}), (LARGE + "y", {})):
        run("upload-document.upload", {**upload(matter, text), **more})
    for more in ({"sha256": "0" * 64}, {"length": 3}, {"sha256": None, "media_type": "text/plain"}):
        given = upload(matter, LARGE)
        run("upload-document.upload", {**given, "source_id": "intake:17/b", "content": {**given["content"], **more}})


def on_upload(effect, text="%PDF-1.4", **where):
    def story(world, run):
        _, matter = world.matter()
        world.fault(effect, **where)
        run("upload-document.upload", upload(matter, text))
        run("upload-document.upload", upload(matter, text))
    return story


FAULTS = {
    "the answer to a write is lost": on_contact("answer_lost", **POST),
    "the answer to a read is lost": on_contact("answer_lost", **GET),
    "every read is reset": on_contact("reset", times="forever", **GET),
    "a write is reset": on_contact("reset", **POST),
    "the answer to a write is cut": on_contact({"cut_after": {"bytes": 10}}, **POST),
    "the answer to a read is cut": on_contact({"cut_after": {"bytes": 10}}, **GET),
    "an answer is no JSON": on_contact("malformed_json", **GET),
    "a write is applied and answered with 502": on_contact({"applied_then": {"status": 502}}, **POST),
    "a read is answered with 503 once": on_contact(answer(503), **GET),
    "every read is answered with 500": on_contact(answer(500), times="forever", **GET),
    "a write is refused for the limit": on_contact(answer(429, ["retry-after", "1"]), **POST),
    "a refusal for the limit comes wrapped": on_contact({"wrapped_rate_limit": {"seconds": 1}}, **POST),
    "Clio is being maintained": on_contact("maintenance", times="forever", **GET),
    "an answer is late": on_contact({"hold_answer": {"ms": 1000}}, **POST),
    "the token is refused": on_contact(answer(401), times="forever", **GET),
    "storage resets an upload": on_upload("reset", **PUT),
    "storage resets every upload": on_upload("reset", times="forever", **PUT),
    "storage resets a large upload": on_upload("reset", LARGE, **PUT),
    "the answer of storage is lost": on_upload("answer_lost", **PUT),
    "the answer of storage is late": on_upload({"hold_answer": {"ms": 1000}}, **PUT),
    "the answer of storage is cut": on_upload({"cut_after": {"bytes": 10}}, **PUT),
    "storage answers 503": on_upload(answer(503), **PUT),
    "storage answers 403": on_upload(answer(403), **PUT),
    "the last PATCH is lost": on_upload("answer_lost", **PATCH),
    "the last PATCH times out": on_upload("upload_timeout", **PATCH),
}


class Faults(unittest.TestCase):
    def test_each_fault_does_what_it_does_with_clio_run(self):
        for name, seen in agree(self, FAULTS):
            with self.subTest(name):
                self.assertTrue(any(request["fault"] for request in seen["requests"]), "the fault did not strike")


class Inline(unittest.TestCase):
    def test_many_inline_bytes_do_what_they_do_with_clio_run(self):
        [(_, seen)] = agree(self, {"many inline bytes": large_inline})
        self.assertTrue(any(request["method"] == "PUT" for request in seen["requests"]))


class Failures(unittest.TestCase):
    def failed(self, clio, call):
        self.addCleanup(clio.close)
        with self.assertRaises(CallError) as caught:
            call(clio)
        return caught.exception

    def test_nobody_listens_at_the_origin(self):
        error = self.failed(Clio("http://127.0.0.1:1", bearer(lambda: "x")), lambda clio: clio.sync_contact.sync(contact()))
        self.assertEqual((error.code, error.transient), ("unavailable", True))

    def test_a_document_that_changes_while_it_is_read_is_not_uploaded(self):
        world = Sandbox(self)
        _, matter = world.matter()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.pdf"
            file.write_text("before")
            content = documents.local(file)
            file.write_text("after, and longer")
            clio = world.clio()
            error = self.failed(clio, lambda clio: clio.upload_document.upload({**upload(matter), "content": content}))
        self.assertEqual((error.code, error.transient), ("upload_incomplete", True))
        [document] = world.documents()
        self.assertFalse(any(version["fully_uploaded"] or version.get("sha256") for version in document["versions"]))

    def test_after_a_401_the_token_is_asked_for_once_more_and_a_write_is_sent_once(self):
        world = Sandbox(self)
        refused = []

        def renew(token):
            refused.append(token)
            return world.token

        clio = Clio(world.origin, bearer(lambda: "stale" if not refused else world.token, renew=renew))
        self.addCleanup(clio.close)
        self.assertEqual(clio.sync_contact.sync(contact())["disposition"], "created")
        self.assertEqual(refused, ["stale"])
        self.assertEqual(sum(it["method"] == "POST" for it in world.trace()), 1)

    def test_where_there_is_no_token_nothing_is_sent(self):
        world = Sandbox(self)

        def none():
            raise RuntimeError(f"no token like {world.token}")

        for token, code, transient in ((none, "unavailable", True), (lambda: "two\nlines", "not_connected", False), (lambda: None, "not_connected", False)):
            error = self.failed(Clio(world.origin, bearer(token)), lambda clio: clio.sync_contact.sync(contact()))
            self.assertEqual((error.code, error.transient), (code, transient))
        self.assertEqual(world.trace(), [])

    def test_calls_from_several_threads(self):
        world = Sandbox(self)
        clio = world.clio()
        outcomes = {}

        def calls(n):
            for k in range(5):
                person = {"source_id": f"thread:{n}/{k}", "contact": {"person": {"first_name": "Ann", "last_name": f"Lee{n}x{k}"}}, "emails": [{"address": f"a{n}x{k}@lee.example", "label": "work"}]}
                outcomes[n, k] = clio.sync_contact.sync(person)
                clio.lookup.find({"kind": {"contacts": {"kind": "person"}}, "search": f"Lee{n}x{k}"})

        threads = [threading.Thread(target=calls, args=[n]) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(outcomes), 40)
        self.assertEqual(len({outcome["id"] for outcome in outcomes.values()}), 40)
        self.assertEqual({outcome["disposition"] for outcome in outcomes.values()}, {"created"})

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_a_process_that_was_forked_calls_too(self):
        world = Sandbox(self)
        clio = world.clio()
        clio.lookup.find({"kind": "practice_areas"})
        clio.close()
        child = os.fork()
        if child == 0:
            try:
                ended = "created" == clio.sync_contact.sync(contact(), deadline=20)["disposition"]
            except BaseException:
                ended = False
            os._exit(0 if ended else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)


if __name__ == "__main__":
    unittest.main()
