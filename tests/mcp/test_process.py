"""The process: its frames, its end, what it holds back, and calls that are ended."""

import asyncio
import json

from support import CLIO, Case, Person, Raw, REVISIONS, contact, document, until


class Frames(Case):
    def raw(self, *arguments, **more):
        raw = Raw(self.sandbox, *arguments, **more)
        self.addCleanup(lambda: raw.process.poll() is None and raw.process.kill())
        return raw

    def test_what_is_no_frame_does_no_harm(self):
        raw = self.raw()
        for garbage in ("", "{", "null", "[]", "\x00\x01", '{"jsonrpc":"2.0"}', "x" * 100_000):
            raw.send(garbage)
        raw.open()
        for garbage in (
            "not json",
            '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":17}',
            '{"jsonrpc":"2.0","id":8,"method":"no/such"}',
            '{"jsonrpc":"2.0","id":{},"method":"tools/list"}',
            "[" * 10_000,
            json.dumps({"jsonrpc": "2.0", "id": 9, "result": {}}),
        ):
            raw.send(garbage)
        raw.ask(10, "tools/call", name="no_such_tool", arguments={})
        self.assertIn("error", raw.answer(10))
        raw.ask(11, "tools/list")
        self.assertGreaterEqual(len(raw.answer(11)["result"]["tools"]), 22)
        code, _ = raw.end()
        self.assertEqual(code, 0)
        for frame in raw.frames:
            self.assertEqual(json.loads(frame)["jsonrpc"], "2.0")

    def test_it_ends_when_its_input_does(self):
        raw = self.raw()
        self.assertEqual(raw.end()[0], 0)
        raw = self.raw()
        raw.open()
        self.assertEqual(raw.end()[0], 0)

    def test_calls_that_run_when_its_input_ends_are_ended_and_journaled(self):
        self.sandbox.fault({"hold_answer": {"ms": 60_000}}, method="POST", path="/contacts")
        raw = self.raw("--writes", "allow")
        raw.open()
        raw.ask(1, "tools/call", name="sync_contact", arguments=contact())
        self.assertTrue(until(self.sandbox.writes))
        self.assertEqual(raw.end()[0], 0)
        self.assertEqual([row["status"] for row in self.sandbox.log()], ["cancelled"])
        self.assertEqual(len(self.sandbox.waiting()), 1)

    def test_a_cancelled_call_ends_and_what_it_sent_is_journaled(self):
        self.sandbox.fault({"hold_answer": {"ms": 60_000}}, method="POST", path="/contacts")
        raw = self.raw("--writes", "allow")
        raw.open()
        raw.ask(1, "tools/call", name="sync_contact", arguments=contact())
        self.assertTrue(until(self.sandbox.writes))
        raw.notify("notifications/cancelled", requestId=1, reason="enough")
        [row] = until(lambda: [row for row in self.sandbox.log() if row["status"] == "cancelled"])
        self.assertEqual(row["action"], "sync-contact")
        # The next one is served, and finds what the first has made.
        raw.ask(2, "tools/call", name="sync_contact", arguments=contact())
        told = raw.answer(2)["result"]
        self.assertEqual(told["structuredContent"]["disposition"], "linked")
        code, _ = raw.end()
        self.assertEqual(code, 0)
        self.assertFalse(any(json.loads(frame).get("id") == 1 for frame in raw.frames))
        self.assertEqual(len(self.sandbox.writes()), 1)

    def test_what_opens_nothing_is_told_without_its_words(self):
        raw = self.raw()
        raw.notify("notifications/secret-word")
        raw.send(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"secret": "word"}}))
        raw.process.wait(20)
        code, errors = raw.end()
        self.assertEqual(code, 64)
        self.assertIn("no opening of MCP", errors)
        self.assertNotIn("word", errors)


class Held(Case):
    async def test_two_calls_run_at_once(self):
        self.sandbox.fault({"delay": {"ms": 3_000}})
        async with self.client() as client:
            first = asyncio.create_task(client.call_tool("check_connection", {}))
            # The second is asked while the first waits: its request is not struck.
            waits = await asyncio.to_thread(until, lambda: not self.sandbox.control("GET", "/faults"))
            second = await client.call_tool("webhooks_list", {})
            held = not first.done()
            ended = await first
        self.assertTrue(waits and held)
        self.assertFalse(second.is_error, second)
        self.assertFalse(ended.is_error, ended)

    async def test_the_token_is_in_no_frame_and_in_no_log(self):
        frames = self.path("frames.txt")
        # Everything that either side writes, and the finest logs.
        script = f'tee -a "{frames}" | RUST_LOG=trace "$0" mcp "$@" | tee -a "{frames}"'
        matter = self.sandbox.matter()
        for revision in REVISIONS:
            person = Person("accept", "accept")
            command = ["sh", "-c", script, CLIO]
            async with self.client(revision=revision, person=person, command=command) as client:
                await client.list_tools()
                await client.call_tool("sync_contact", contact(f"mcp:{revision}", "Bea"))
                await client.call_tool("upload_document", document(matter, {"inline": "aGk="}, revision))
                self.sandbox.fault({"answer": {"status": 401}}, times="forever")
                failed = await client.call_tool("check_connection", {})
                self.assertEqual(failed.structured_content["exit_code"], 77)
                self.sandbox.control("DELETE", "/faults")
        with open(frames) as file:
            written = file.read()
        self.assertIn("tools/call", written)
        self.assertIn("structuredContent", written)
        for text in (written, self.stderr()):
            self.assertNotIn(self.sandbox.token, text)
            self.assertNotIn("Bearer", text)
        self.assertIn("clio", self.stderr())

    async def test_two_calls_for_one_source_id_make_one_record(self):
        async with self.client("--writes", "allow") as client:
            calls = [client.call_tool("sync_contact", contact()) for _ in range(2)]
            ended = await asyncio.gather(*calls)
        told = sorted(it.structured_content["disposition"] for it in ended)
        self.assertEqual(told, ["created", "linked"])
        self.assertEqual(len(self.sandbox.snapshot()["contacts"]), 1)
