"""Small components in the place of an action, which misbehave."""

import json
import os
import tempfile
from pathlib import Path
from unittest import mock

from wasmtime import wat2wasm

from clio_actions import Clio

_COMPONENT = """(component {imports}
  (core module $m {core} (memory (export "memory") 1)
    (func $again (param i32) (result i32) (i32.add (call $again (local.get 0)) (i32.const 1)))
    (func (export "it") {core_answers} {body}))
  (core instance $i (instantiate $m {given}))
  (func $it {answers} (canon lift (core func $i "it")))
  (instance $exported (export "it" (func $it)))
  (export "test:guest/guest@0.1.0" (instance $exported)))"""

ACTION = {
    "name": "guest", "version": "0.1.0", "summary": "Misbehaves.", "interface": "test:guest/guest@0.1.0",
    "functions": [{"name": "it"}], "requests": [], "grants": [],
}


def guest(test, body, imports="", core="", given="", answers="(result (result))", **options):
    """A `Clio` whose one action does what `body` says, in WebAssembly's text."""
    of = "f32" if "f32" in answers else "i32"
    core_answers = f"(result {of})" if answers else ""
    body = f"{body} ({of}.const 0)" if answers else body
    text = _COMPONENT.format(body=body, imports=imports, core=core, given=given, answers=answers, core_answers=core_answers)
    return component(test, text, **options)


def component(test, text, **options):
    """A `Clio` whose one action is a component in WebAssembly's text."""
    folder = tempfile.TemporaryDirectory(prefix="clio-python-")
    test.addCleanup(folder.cleanup)
    at = Path(folder.name)
    # Lets text that newer engines write otherwise pass there, too.
    with mock.patch.dict(os.environ, {"WAST_STRICT_COMPONENT_INDICES": "0"}):
        (at / "guest.wasm").write_bytes(wat2wasm(text))
    (at / "actions.json").write_text(json.dumps([ACTION]))
    return Clio("http://127.0.0.1:1", lambda request: test.fail("it was sent"), components=at, **options)
