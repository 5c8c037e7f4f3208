"""The JSON mapping and the values of the component model: the tables of the Rust
host's tests."""

import base64
import unittest
from ctypes import byref

from wasmtime import _ffi as ffi

from clio_actions.json_mapping import JsonError, from_json, to_json
from clio_actions.values import Val, reader, writer


def both_ways(shape, value):
    """Writes a value for the engine, and reads it back."""
    held = Val()
    writer(shape)(held, from_json(value, shape), None)
    try:
        return to_json(reader(shape)(held, None), shape)
    finally:
        ffi.wasmtime_component_val_delete(byref(held))


EVERYTHING = ("record", (
    ("source-id", "string"), ("known-id", ("option", "u64")), ("tags", ("list", "string")), ("bytes", "bytes"),
    ("scope", ("variant", (("whole-account", None), ("matter", "u64")))), ("status", ("enum", ("not-yet", "done"))),
))
KINDS = (
    ("bool", True), ("bool", False), ("s8", -128), ("u8", 255), ("s16", -(2**15)), ("u16", 2**16 - 1), ("s32", -(2**31)), ("u32", 2**32 - 1),
    ("s64", -(2**53) + 1), ("u64", 2**53 - 1), ("u64", str(2**53)), ("u64", str(2**64 - 1)), ("s64", str(-(2**63))),
    ("f32", 1.5), ("f64", -0.25), ("char", "ß"), ("string", "naïve \U0001f600"), ("string", "a\0b"), ("string", ""),
    ("bytes", "AAEC/w=="), ("bytes", ""), (("list", "string"), ["a", "b"]), (("list", ("list", "u16")), [[1], []]),
    (("tuple", ("bool", ("list", "u16"))), [True, [1]]), (("option", "u8"), None), (("option", "u8"), 7),
    (("enum", ("new-version",)), "new_version"), (("variant", (("from-person", None),)), "from_person"),
    (("variant", (("draft-of", "string"),)), {"draft_of": "x"}), (("variant", (("small", "u8"), ("wide", "u64"))), {"wide": str(2**64 - 1)}),
    (("result", "u8", "string"), {"ok": 1}), (("result", "u8", "string"), {"error": "x"}), (("result", None, None), {"ok": None}),
    (("flags", ("read-all", "write")), ["read_all", "write"]), (("flags", ("read-all", "write")), []),
    (EVERYTHING, {"source_id": "a:1", "known_id": 7, "tags": ["x"], "bytes": "AA==", "scope": {"matter": 3}, "status": "not_yet"}),
)


class Json(unittest.TestCase):
    def refused(self, shape, value):
        with self.assertRaises(JsonError, msg=f"{value!r} was taken") as caught:
            from_json(value, shape)
        return caught.exception

    def test_each_kind_of_type_is_read_and_written_the_same(self):
        for shape, value in KINDS:
            with self.subTest(shape=shape, value=value):
                self.assertEqual(both_ways(shape, value), value)

    def test_absent_members_are_none_or_empty(self):
        sparse = {"source_id": "a", "scope": "whole_account", "status": "done"}
        full = {**sparse, "tags": [], "bytes": ""}
        self.assertEqual(both_ways(EVERYTHING, sparse), full)
        self.assertEqual(both_ways(EVERYTHING, {**sparse, "known_id": None}), full)

    def test_whole_numbers(self):
        self.assertEqual(both_ways("u64", "18"), 18)
        self.assertEqual(both_ways("u8", 7.0), 7)
        for text in ("", "+1", "-1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "١", "18446744073709551616", "9" * 400):
            self.refused("u64", text)
        for text in ("-0", "--1", "-", "+1", "9223372036854775808"):
            self.refused("s64", text)
        for shape, value, told in (
            ("u32", "18", "an integer"), ("u8", True, "not a boolean"), ("u8", 256, "from 0 to 255"), ("u8", -1, "from 0 to 255"),
            ("s16", 32768, "from -32768 to 32767"), ("u32", 1.5, "from 0 to 4294967295"), ("u64", 2**53, "digits as a string"),
            ("s64", -(2**53), "digits as a string"), ("u64", -1, "from 0 to"), ("u64", 1e300, "digits as a string"),
            ("u64", float("inf"), "from 0 to"), ("f32", 1e300, "32-bit float"), ("f64", float("nan"), "64-bit float"), ("f64", 10**400, "64-bit float"),
            ("char", "ab", "exactly one character"), (("tuple", ("bool",)), [True, True], "one element too many"), (("tuple", ("bool",)), [], "exactly 1 elements"),
        ):
            self.assertIn(told, str(self.refused(shape, value)))

    def test_an_error_points_at_the_member_and_says_what_belongs_there(self):
        shape = ("record", (
            ("emails", ("list", ("record", (("address", "string"), ("label", ("option", ("enum", ("work", "home")))))))),
            ("start", ("variant", (("now", None), ("since", "string")))),
        ))
        for value, pointer, told in (
            ([], "", "must be an object, not an array"), ({"start": "now", "extra/~": 1}, "/extra~1~0", "is unknown here"), ({}, "/start", "is missing"),
            ({"start": "now", "emails": None}, "/emails", "must be an array, not null"),
            ({"start": "now", "emails": [{"address": 1}]}, "/emails/0/address", "must be a string, not a number"),
            ({"start": "now", "emails": [{"address": "a", "label": "fax"}]}, "/emails/0/label", 'must be one of "work", "home"'),
            ({"start": "then"}, "/start", 'must be one of "now", "since"'), ({"start": "since"}, "/start", "has a payload"),
            ({"start": {"now": None}}, "/start/now", "has no payload"), ({"start": {"since": "a", "now": 1}}, "/start", "exactly one member"),
            ({"start": 3}, "/start", "must be a case, not a number"), ({"start": "now", 7: 1}, "/7", "is unknown here"),
        ):
            error = self.refused(shape, value)
            self.assertEqual(error.pointer, pointer, value)
            self.assertIn(told, error.message)

    def test_what_json_cannot_say(self):
        shape = ("record", (("a-b", ("list", ("option", "bytes"))), ("c", "f64")))
        for value, pointer in (({"a-b": [None, b"x" * (2**20 + 1)], "c": 1.0}, "/a_b/1"), ({"a-b": [], "c": float("inf")}, "/c")):
            with self.assertRaises(JsonError) as caught:
                to_json(value, shape)
            self.assertEqual(caught.exception.pointer, pointer)

    def test_bytes_have_one_spelling_and_cost_is_bounded(self):
        mib = 1 << 20

        def encoded(count):
            return base64.b64encode(b"\x07" * count).decode()

        self.assertEqual(len(from_json(encoded(mib), "bytes")), mib)
        self.assertIn("more than 1 MiB", str(self.refused("bytes", encoded(mib + 1))))
        for text in ("AA", "AA=", "A-_=", "AB==", " AA==", "AA==\n", [0, 1], b"AA=="):
            self.refused("bytes", text)
        self.assertEqual(self.refused(("list", "bytes"), [encoded(mib - 1)] * 5).pointer, "/4")
        self.assertIn("values", str(self.refused(("list", "bool"), [True] * 200_001)))
        self.assertIn("strings", str(self.refused(("list", "string"), ["x" * (8 << 20), "x"])))
        self.assertIn("half of a character", str(self.refused("string", "\ud800")))
        cyclic = []
        cyclic.append(cyclic)
        deep = "u8"
        for _ in range(65):
            deep = ("list", deep)
        self.assertIn("nested deeper", str(self.refused(deep, cyclic)))


if __name__ == "__main__":
    unittest.main()
