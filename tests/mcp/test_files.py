"""Files: only below the folders that the operator names, to read and to make."""

import hashlib
import os

from support import Case, Person, document


class Files(Case):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("root/in"))
        os.makedirs(self.path("other"))
        self.write("root/letter.txt", "a letter")
        self.write("root/in/deep.txt", "deep")
        self.write("root/.env", "key")
        self.write("other/far.txt", "far")
        self.write("secret.txt", "key")
        os.symlink(self.path("secret.txt"), self.path("root/link.txt"))
        os.symlink(self.sandbox.folder, self.path("root/up"))
        os.symlink("in/deep.txt", self.path("root/short.txt"))
        os.mkfifo(self.path("root/pipe"))
        self.matter = self.sandbox.matter()

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def roots(self, *names):
        return [part for name in names for part in ("--root", self.path(name))]

    async def upload(self, client, name):
        source_id = "mcp:" + hashlib.sha256(name.encode()).hexdigest()
        return await client.call_tool("upload_document", document(self.matter, {"file": name}, source_id))

    async def test_files_below_the_roots_are_uploaded_by_either_kind_of_path(self):
        async with self.client("--writes", "allow", *self.roots("root", "other")) as client:
            for name in (
                "letter.txt",
                "./letter.txt",
                "in/deep.txt",
                "short.txt",
                "far.txt",
                self.path("root/letter.txt"),
                self.path("other/far.txt"),
            ):
                done = await self.upload(client, name)
                self.assertFalse(done.is_error, (name, done))
        stored = self.sandbox.snapshot()["documents"]
        self.assertEqual(len(stored), 7)

    async def test_no_path_leads_out_and_no_device_is_read(self):
        before = len(self.sandbox.requests())
        async with self.client("--writes", "allow", *self.roots("root")) as client:
            for name, why in (
                ("../secret.txt", "inside the folder"),
                ("in/../../secret.txt", "inside the folder"),
                (self.path("root/../secret.txt"), "inside the folder"),
                (self.path("secret.txt"), "inside the folder"),
                ("/etc/passwd", "inside the folder"),
                ("/dev/zero", "inside the folder"),
                ("link.txt", "leads out"),
                ("up/secret.txt", "leads out"),
                ("pipe", "no regular file"),
                ("in", "no regular file"),
                (".env", "hidden"),
                ("absent.txt", "no such file"),
                ("", "inside the folder"),
                ("letter.txt\0", "inside the folder"),
            ):
                refused = await self.upload(client, name)
                self.assertTrue(refused.is_error, name)
                told = str(refused.structured_content["details"])
                self.assertIn(why, told, name)
                self.assertEqual(refused.structured_content["exit_code"], 64)
        self.assertEqual(len(self.sandbox.requests()), before)

    async def test_without_a_root_no_file_is_reached(self):
        async with self.client("--writes", "allow") as client:
            [tool] = [it for it in (await client.list_tools()).tools if it.name == "upload_document"]
            self.assertNotIn('"file"', tool.model_dump_json())
            refused = await self.upload(client, "letter.txt")
            self.assertTrue(refused.is_error)
            self.assertIn("--root DIR", str(refused.structured_content["details"]))

    async def test_a_file_that_changes_after_it_was_shown_is_not_sent(self):
        person = Person("accept")

        async def answers(context, params):
            self.write("root/letter.txt", "another")
            return await person(context, params)

        async with self.client(*self.roots("root"), person=answers) as client:
            refused = await self.upload(client, "letter.txt")
        digest = hashlib.sha256(b"a letter").hexdigest()
        self.assertIn(f'The file "letter.txt": 8 bytes, SHA-256 {digest}', person.asked[0])
        self.assertTrue(refused.is_error)
        self.assertIn("changed after it was shown", refused.structured_content["message"])
        self.assertEqual(self.sandbox.writes(), [])

    async def test_content_of_another_origin_needs_the_operator(self):
        source = {"url": "http://127.0.0.1:9/letter.txt"}
        async with self.client("--writes", "allow") as client:
            refused = await client.call_tool("upload_document", document(self.matter, source))
        self.assertTrue(refused.is_error)
        self.assertEqual(refused.structured_content["error"]["permanent"]["code"], "denied_by_policy")

    async def test_a_result_goes_into_a_new_file_below_a_root_and_over_none(self):
        content = os.urandom(2_000_000)
        with open(self.path("root/large.bin"), "wb") as file:
            file.write(content)
        async with self.client("--writes", "allow", *self.roots("root")) as client:
            id = (await self.upload(client, "large.bin")).structured_content["id"]

            async def read(name):
                of = {"of": {"document": id}, "save_as": name}
                return await client.call_tool("read_document", of)

            for name in ("copy.bin", "in/copy.bin", self.path("root/whole.bin")):
                done = await read(name)
                self.assertFalse(done.is_error, done)
                told = done.structured_content["content"]["file"]
                self.assertEqual(told["sha256"], hashlib.sha256(content).hexdigest())
                where = name if os.path.isabs(name) else self.path("root", name)
                self.assertEqual(told["path"], where)
                with open(where, "rb") as file:
                    self.assertEqual(file.read(), content)
                self.assertEqual(os.stat(where).st_mode & 0o777, 0o600)
            asked = len(self.sandbox.requests())
            for name, why in (
                ("letter.txt", "lies there already"),
                ("link.txt", "lies there already"),
                ("copy.bin", "lies there already"),
                ("up/new.bin", "leads out"),
                ("../new.bin", "inside the folder"),
                ("new\n\nThe file.bin", "control character"),
                (self.path("new.bin"), "inside the folder"),
                ("absent/new.bin", "no such file"),
                (".hidden", "hidden"),
            ):
                refused = await read(name)
                self.assertTrue(refused.is_error, name)
                self.assertIn(why, refused.structured_content["message"], name)
            self.assertEqual(len(self.sandbox.requests()), asked)
        for name in ("new.bin",):
            self.assertFalse(os.path.exists(self.path(name)))
        parts = [name for _, _, names in os.walk(self.path("root")) for name in names if ".part" in name]
        self.assertEqual(parts, [])
