"""What the document allows and what it does not, as schemathesis makes it up."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

import support

HERE = os.path.dirname(os.path.abspath(__file__))


def setUpModule():
    global world
    world = support.world()


def tearDownModule():
    support.close()
    if world.ended != 0:
        raise AssertionError(f"the service ended with {world.ended}")


class Schemathesis(unittest.TestCase):
    def test_finds_nothing(self):
        examples = os.environ.get("CLIO_API_EXAMPLES", "8")
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                [
                    os.path.join(os.path.dirname(sys.executable), "schemathesis"),
                    *("--config-file", os.path.join(HERE, "schemathesis.toml")),
                    *("run", world.url + "/v1/openapi.json"),
                    *("--header", f"Authorization:Bearer {world.key}"),
                    # Threads of one interpreter of 3.11 break its parser at times.
                    *("--max-examples", examples, "--seed", "13", "--workers", "1"),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=240,
            )
        self.assertEqual(ended.returncode, 0, ended.stdout[-20_000:] + ended.stderr)
        tried = re.search(r"(\d+) generated", ended.stdout)
        self.assertIsNotNone(tried, ended.stdout)
        self.assertGreater(int(tried[1]), 400)
        # What fails inside is logged, and nothing did.
        self.assertNotIn("ERROR", world.log())
