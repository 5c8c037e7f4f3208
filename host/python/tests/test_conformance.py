"""Every function of the catalog does here what it does with `clio run`: the same
outcome, and the same requests as the sandbox saw them."""

import unittest

from clio_actions.clio import catalog

from .compare import agree
from .stories import STORIES


class Conformance(unittest.TestCase):
    def test_every_function_does_what_it_does_with_clio_run(self):
        told = dict(agree(self, {story.__name__: story for story in STORIES}))
        called = {name for story in told.values() for name, _ in story["outcomes"]}
        every = {f"{action['name']}.{function['name']}" for action in catalog().actions for function in action["functions"]}
        self.assertEqual(called, every)


if __name__ == "__main__":
    unittest.main()
