"""A dry run tells here what `clio run --dry-run` tells, and writes nothing."""

import json
import unittest

from clio_actions import CallError

from .sandbox import Sandbox
from .stories import contact, upload


class DryRun(unittest.TestCase):
    def test_it_tells_what_clio_run_tells_and_writes_nothing(self):
        world = Sandbox(self)
        client, matter = world.matter()
        clio = world.clio()
        logged = []
        for name, value in (
            ("sync-contact.sync", contact()),
            ("sync-contact.sync", {**contact(), "known_id": client}),
            ("lookup.find", {"kind": "practice_areas"}),
            ("create-matter.create", {"source_id": "a", "client": client, "title": "Naïve"}),
            ("upload-document.upload", upload(matter)),
            ("update-matter.update", {"matter": matter, "description": "Closed", "status": "closed"}),
        ):
            with self.subTest(name):
                world.control("DELETE", "/trace")
                expected = world.clio_run(name, value, "--dry-run")
                self.assertTrue(expected["dry_run"])
                self.assertEqual(clio.dry_run(name, value, on_request=logged.append), expected)
                self.assertEqual({it["method"] for it in world.trace()}, {"GET"})
                self.assertTrue(expected["would_send"] or "result" in expected)
        self.assertNotIn("Lee", json.dumps(logged))
        with self.assertRaises(CallError) as caught:
            clio.dry_run("lookup.find", {})
        self.assertEqual(caught.exception.code, "invalid_input")


if __name__ == "__main__":
    unittest.main()
