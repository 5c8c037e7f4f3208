"""Every function of the catalog does here what it does with `clio run`: the same
outcome, and the same requests as the sandbox saw them."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from clio_actions.clio import catalog

from .compare import here, native, told
from .stories import STORIES


class Conformance(unittest.TestCase):
    def test_every_function_does_what_it_does_with_clio_run(self):
        called = set()

        def both(story):
            return story, told(self, story, native), told(self, story, here)

        with ThreadPoolExecutor(3) as pool:
            for story, expected, seen in pool.map(both, STORIES):
                with self.subTest(story.__name__):
                    self.maxDiff = 4000
                    self.assertTrue(expected["outcomes"])
                    self.assertEqual(seen, expected)
                called.update(name for name, _ in seen["outcomes"])
        every = {f"{action['name']}.{function['name']}" for action in catalog().actions for function in action["functions"]}
        self.assertEqual(called, every)
