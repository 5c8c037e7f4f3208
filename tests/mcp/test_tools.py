"""Which tools there are, and what is said of them."""

import json

from support import Case, REVISIONS, contact

MOST = 44 * 1024


def listed(tools):
    return [tool.model_dump(by_alias=True, exclude_none=True) for tool in tools]


class Tools(Case):
    async def names(self, *arguments):
        async with self.client(*arguments) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    async def test_the_list_fits_into_44_kilobytes(self):
        for revision in REVISIONS:
            async with self.client("--root", self.sandbox.folder, revision=revision) as client:
                self.assertEqual(client.protocol_version, revision)
                result = await client.list_tools()
            frame = result.model_dump_json(by_alias=True, exclude_none=True).encode()
            self.assertLess(len(frame), MOST)
            self.assertGreaterEqual(len(result.tools), 22)
            print(f"tools/list, {revision}: {len(result.tools)} tools in {len(frame):,} bytes")

    async def test_each_function_of_the_catalog_is_a_tool_and_says_what_its_description_says(self):
        actions = json.loads(self.sandbox.clio("actions", "--json")[1])
        async with self.client(revision="2026-07-28") as client:
            tools = {tool["name"]: tool for tool in listed((await client.list_tools()).tools)}
        for action in actions:
            for function in action["functions"]:
                name = action["name"].replace("-", "_")
                if len(action["functions"]) > 1:
                    name += "_" + function["name"].replace("-", "_")
                tool = tools.pop(name)
                self.assertTrue(tool["description"])
                hints, told = action["hints"], tool["annotations"]
                self.assertEqual(told["readOnlyHint"], hints["read_only"], name)
                if not hints["read_only"]:
                    self.assertEqual(told["destructiveHint"], hints["destructive"], name)
                    self.assertEqual(told["idempotentHint"], hints["idempotent"], name)
                self.assertTrue(told["openWorldHint"])
                members = set(function["input"]["properties"])
                self.assertEqual(set(tool["inputSchema"]["properties"]), members, name)
                required = function["input"].get("required", [])
                if name == "upload_document":
                    # A draft out of the queue needs none.
                    required = [it for it in required if it != "provenance"]
                self.assertEqual(tool["inputSchema"].get("required", []), required, name)
                output = function["output"].get("properties", {})
                self.assertLessEqual(set(output), set(tool["outputSchema"].get("properties", {})), name)
        self.assertEqual(set(tools), {"request_review"})

    async def test_whole_schemas_are_those_of_the_descriptions(self):
        described = json.loads(self.sandbox.clio("describe", "lookup", "--json")[1])
        async with self.client("--full-schemas", "--tools", "lookup") as client:
            [tool] = listed((await client.list_tools()).tools)
        self.assertEqual(tool["inputSchema"], described["functions"][0]["input"])
        self.assertEqual(tool["outputSchema"], described["functions"][0]["output"])

    async def test_read_only_offers_what_changes_nothing_and_calls_nothing_else(self):
        names = await self.names("--read-only")
        self.assertIn("lookup", names)
        self.assertIn("read_document", names)
        for writes in ("sync_contact", "custom_fields_write", "webhooks_remove"):
            self.assertNotIn(writes, names)
        async with self.client("--read-only", "--writes", "allow") as client:
            with self.assertRaisesRegex(Exception, "no such tool"):
                await client.call_tool("sync_contact", contact())
        self.assertEqual(self.sandbox.requests(), [])

    async def test_tools_are_chosen_by_name(self):
        self.assertEqual(await self.names("--tools", "lookup,sync_contact"), ["sync_contact", "lookup"])

    async def test_a_tool_that_is_none_or_writes_is_refused_at_once(self):
        code, told, why = self.sandbox.clio("mcp", "--tools", "lookup,delete_all")
        self.assertEqual((code, told), (64, ""))
        self.assertIn("delete_all", why)
        self.assertIn("sync_contact", why)
        code, _, why = self.sandbox.clio("mcp", "--tools", "sync_contact", "--read-only")
        self.assertEqual(code, 64)
        self.assertIn("sync_contact may change something", why)

    async def test_without_an_account_it_ends_and_says_what_to_do(self):
        self.sandbox.token = ""
        code, told, why = self.sandbox.clio("mcp")
        self.assertEqual((code, told), (77, ""))
        self.assertIn("CLIO_ACCESS_TOKEN is not set", why)
        self.assertIn("clio connect", why)
