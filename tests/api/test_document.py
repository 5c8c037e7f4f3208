"""The document itself, and what is not an answer to any request in it."""

import json
import unittest

import openapi_spec_validator

import support


def setUpModule():
    global world, document
    world = support.world()
    document = world.document()


class Document(unittest.TestCase):
    def test_is_openapi_3_1(self):
        self.assertTrue(document["openapi"].startswith("3.1."))
        openapi_spec_validator.validate(document, cls=openapi_spec_validator.OpenAPIV31SpecValidator)

    def test_has_every_function_that_the_command_knows(self):
        actions = json.loads(world.run("actions", "--json"))
        self.assertGreater(len(actions), 10)
        for action in actions:
            for function in action["functions"]:
                path = f"/v1/connections/{{connection}}/calls/{action['name']}.{function['name']}"
                self.assertTrue(path in document["paths"], path)

    def test_a_request_without_a_key_is_refused(self):
        for path, item in document["paths"].items():
            for method in item:
                path = path.format(connection="firm", function="lookup.find", id="0" * 24)
                status, _, body = world.ask(method.upper(), path, key="")
                self.assertEqual(status, 401, (method, path, body))
                self.assertNotIn(b"firm", body)

    def test_so_is_one_with_a_wrong_key(self):
        status, _, body = world.ask("GET", "/v1/runs", key="clio_0")
        self.assertEqual(status, 401, body)
