"""What becomes of a call that would write: shown, confirmed by a person, or not sent."""

import asyncio
import json

from mcp_types import ElicitResult

from support import Case, Person, REVISIONS, contact, document


class Writes(Case):
    async def test_a_person_sees_the_exact_requests_and_confirms_one_call(self):
        for number, revision in enumerate(REVISIONS):
            person = Person("accept", "decline", "cancel")
            name = ("Ann", "Bea")[number]
            first, second = contact(f"mcp:{name}", name), contact(f"mcp:{name}-2", f"{name}a")
            async with self.client(revision=revision, person=person) as client:
                done = await client.call_tool("sync_contact", first)
                self.assertFalse(done.is_error, done)
                self.assertEqual(done.structured_content["disposition"], "created")
                [asked] = person.asked
                self.assertIn(f"POST {self.sandbox.origin}/api/v4/contacts.json", asked)
                self.assertIn(f'"first_name":"{name}"', asked)
                self.assertIn(f"{name.lower()}@example.com", asked)
                writes = len(self.sandbox.writes())
                for _ in ("declined", "cancelled"):
                    refused = await client.call_tool("sync_contact", second)
                    self.assertTrue(refused.is_error)
                    self.assertIn("did not confirm", refused.structured_content["message"])
                self.assertEqual(len(person.asked), 3)
                self.assertEqual(len(self.sandbox.writes()), writes)
        statuses = {row["status"] for row in self.sandbox.log()}
        self.assertLessEqual({"done", "dry_run"}, statuses)

    async def test_every_member_is_shown_behind_a_long_text_and_a_longer_question_is_not_asked(self):
        for revision in REVISIONS:
            person = Person("decline")
            change = {"matter": self.sandbox.matter(), "description": "x" * 9_000, "status": "closed"}
            many = contact(phones=[{"number": f"+1305555{n:04}"} for n in range(1_000)])
            async with self.client(revision=revision, person=person) as client:
                await client.call_tool("update_matter", change)
                refused = await client.call_tool("sync_contact", many)
            [asked] = person.asked
            self.assertIn("8000 characters more", asked)
            self.assertIn('"status":"closed"', asked)
            self.assertTrue(refused.is_error)
            self.assertIn("too long", refused.structured_content["message"])
        self.assertEqual(self.sandbox.writes(), [])

    async def test_while_many_are_asked_others_call(self):
        answered, asked = asyncio.Event(), []

        async def person(context, params):
            asked.append(params.message)
            await answered.wait()
            return ElicitResult(action="decline")

        async with self.client(person=person) as client:
            calls = [
                asyncio.create_task(client.call_tool("sync_contact", contact(f"mcp:{n}", f"Ann{n}")))
                for n in range(20)
            ]
            while len(asked) < len(calls):
                await asyncio.sleep(0.05)
            read = await client.call_tool("webhooks_list", {})
            answered.set()
            await asyncio.gather(*calls)
        self.assertFalse(read.is_error, read)

    async def test_a_client_that_cannot_ask_sends_nothing_and_is_told_what_to_do(self):
        for revision in REVISIONS:
            async with self.client(revision=revision) as client:
                refused = await client.call_tool("sync_contact", contact())
            self.assertTrue(refused.is_error)
            told = refused.structured_content
            self.assertIn("cannot ask", told["message"])
            self.assertIn("POST ", told["details"][0])
            self.assertIn("--writes allow", told["next"])
        self.assertEqual(self.sandbox.writes(), [])

    async def test_what_the_operator_allows_is_sent_without_asking(self):
        for revision in REVISIONS:
            async with self.client("--writes", "allow", revision=revision) as client:
                done = await client.call_tool("sync_contact", contact())
            self.assertFalse(done.is_error, done)
        self.assertEqual(len(self.sandbox.writes()), 1)

    async def test_no_argument_confirms(self):
        for more in ({"confirm": True}, {"confirmed": "yes"}, {"_confirm": {"action": "accept"}}):
            async with self.client(revision="2026-07-28") as client:
                refused = await client.call_tool("sync_contact", contact(**more))
            self.assertTrue(refused.is_error)
        self.assertEqual(self.sandbox.writes(), [])

    async def test_what_writes_nothing_asks_nobody(self):
        person = Person()
        matter = self.sandbox.matter()
        async with self.client(person=person) as client:
            read = await client.call_tool("custom_fields_read", {"of": {"matter": matter}})
            hooks = await client.call_tool("webhooks_list", {})
            wrong = await client.call_tool("sync_contact", {"source_id": "mcp:x"})
        self.assertFalse(read.is_error, read)
        self.assertFalse(hooks.is_error, hooks)
        self.assertEqual(hooks.structured_content["webhooks"], [])
        self.assertTrue(wrong.is_error)
        self.assertEqual(wrong.structured_content["error"]["permanent"]["code"], "invalid_input")
        self.assertEqual(wrong.structured_content["exit_code"], 64)
        self.assertIn("next", wrong.structured_content)
        self.assertEqual(person.asked, [])

    async def test_a_failure_is_that_of_the_command_with_its_exit_code_and_next_step(self):
        self.sandbox.fault({"answer": {"status": 403}}, times="forever")
        async with self.client("--writes", "allow") as client:
            failed = await client.call_tool("sync_contact", contact())
        code, told, _ = self.sandbox.clio(
            "run", "sync-contact", "--input", "-", stdin=json.dumps(contact())
        )
        self.assertTrue(failed.is_error)
        self.assertEqual(failed.structured_content["error"], json.loads(told)["error"])
        self.assertEqual(failed.structured_content["exit_code"], code)
        # It waits, and `clio retry` runs it again.
        [waits] = self.sandbox.waiting()
        self.assertIn(waits["id"], failed.structured_content["next"])
        self.sandbox.control("DELETE", "/faults")
        self.assertEqual(self.sandbox.clio("retry", waits["id"])[0], 0)
        self.assertEqual(len(self.sandbox.snapshot()["contacts"]), 1)
        self.assertEqual(self.sandbox.waiting(), [])

    async def test_ids_beyond_what_a_double_holds_stay_as_they_are(self):
        over = 2**53 + 1
        for revision in REVISIONS:
            async with self.client(revision=revision) as client:
                failed = await client.call_tool("read_document", {"of": {"document": str(over)}})
                self.assertEqual(failed.structured_content["error"]["permanent"]["code"], "not_found")
                # As a number it may have been another one before it came here.
                failed = await client.call_tool("read_document", {"of": {"document": over}})
                self.assertEqual(failed.structured_content["error"]["permanent"]["code"], "invalid_input")
        asked = [path for _, path in self.sandbox.requests()]
        self.assertEqual(len(asked), 2)
        for path in asked:
            self.assertIn(f"/{over}.json", path)


class Questions(Case):
    """The result that requires input, and what answers it (2026-07-28)."""

    async def ask(self, client, arguments, **more):
        return await client.session.call_tool("sync_contact", arguments, allow_input_required=True, **more)

    def accepted(self):
        return {"confirm": ElicitResult(action="accept")}

    async def test_a_confirmation_is_for_these_arguments_and_for_one_call(self):
        person = Person()
        async with self.client(revision="2026-07-28", person=person) as client:
            asked = await self.ask(client, contact())
            self.assertEqual(asked.result_type, "input_required")
            self.assertEqual(list(asked.input_requests), ["confirm"])
            state = asked.request_state
            # Other arguments: another question, and the first is used up.
            other = await self.ask(
                client, contact("mcp:bo", "Bo"), input_responses=self.accepted(), request_state=state
            )
            self.assertEqual(other.result_type, "input_required")
            self.assertNotEqual(other.request_state, state)
            again = await self.ask(client, contact(), input_responses=self.accepted(), request_state=state)
            self.assertEqual(again.result_type, "input_required")
            self.assertEqual(self.sandbox.writes(), [])
            # Members in another order are the same arguments.
            turned = dict(reversed(contact().items()))
            done = await self.ask(
                client, turned, input_responses=self.accepted(), request_state=again.request_state
            )
            self.assertFalse(done.is_error, done)
            self.assertEqual(len(self.sandbox.writes()), 1)
            # Used up: of another call of the same tool it says nothing.
            third = await self.ask(
                client,
                contact("mcp:cy", "Cy"),
                input_responses=self.accepted(),
                request_state=again.request_state,
            )
            self.assertEqual(third.result_type, "input_required")
            self.assertEqual(len(self.sandbox.writes()), 1)

    async def test_an_answer_that_was_never_asked_for_is_none(self):
        async with self.client(revision="2026-07-28", person=Person()) as client:
            for state in ("", "x", "0" * 24):
                asked = await self.ask(
                    client, contact(), input_responses=self.accepted(), request_state=state
                )
                self.assertEqual(asked.result_type, "input_required")
            asked = await self.ask(client, contact(), input_responses=self.accepted())
            self.assertEqual(asked.result_type, "input_required")
            declined = await self.ask(
                client,
                contact(),
                input_responses={"confirm": ElicitResult(action="decline")},
                request_state=asked.request_state,
            )
            self.assertTrue(declined.is_error)
        self.assertEqual(self.sandbox.writes(), [])


class Drafts(Case):
    async def test_an_approval_that_a_model_asserts_is_none(self):
        matter = self.sandbox.matter()
        before = len(self.sandbox.requests())
        approval = {
            "approver": "A. Partner",
            "at": "2026-01-02T03:04:05Z",
            "sha256": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
        }
        draft = document(matter, {"inline": "aGk="}, provenance={"draft": approval})
        for arguments in ((), ("--writes", "allow")):
            for revision in REVISIONS:
                person = Person()
                async with self.client(*arguments, revision=revision, person=person) as client:
                    refused = await client.call_tool("upload_document", draft)
                self.assertTrue(refused.is_error)
                self.assertIn("approved by a person", refused.structured_content["message"])
                error = refused.structured_content["error"]["permanent"]
                self.assertEqual(error["code"], "review_required")
                self.assertIn("request_review", refused.structured_content["next"])
                self.assertEqual(person.asked, [])
        self.assertEqual(len(self.sandbox.requests()), before)

    async def test_whoever_confirms_is_told_that_they_answer_for_the_bytes(self):
        matter = self.sandbox.matter()
        person = Person("accept")
        async with self.client(person=person) as client:
            [tool] = [it for it in (await client.list_tools()).tools if it.name == "upload_document"]
            self.assertEqual(tool.input_schema["properties"]["provenance"]["const"], "from_person")
            self.assertIn("no tool takes an approval", tool.description)
            done = await client.call_tool("upload_document", document(matter, {"inline": "aGk="}))
        self.assertFalse(done.is_error, done)
        self.assertIn("says that a person made or checked exactly these bytes", person.asked[0])
