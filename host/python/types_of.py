"""The types of the actions' JSON, from the JSON Schemas of their descriptions."""

import keyword
import re

_HEAD = '''# Made from the actions' descriptions.

from collections.abc import Callable
from typing import Any, BinaryIO, Literal, TypedDict
from typing_extensions import NotRequired, Unpack

from .cancel import Cancel
from .clio import Limits
from .content import LocalContent

class Options(TypedDict, total=False):
    deadline: float | None
    limits: Limits | None
    cancel: Cancel | None
    on_request: Callable[[dict[str, Any]], None] | None
    correlation_id: str | None
    content_into: BinaryIO | Callable[[bytes], Any]

'''


def stub(actions):
    """The text of `actions.pyi`: a class an action, and a type a schema."""
    made, classes, attributes = _Types(), [], []
    for action in actions:
        name = "".join(part.capitalize() for part in action["name"].split("-"))
        lines = [f"class {name}:", f"    {_said(action['summary'])}"]
        for function in action["functions"]:
            of = name if len(action["functions"]) == 1 else name + function["name"].capitalize()
            given = made.of(function["input"], f"{of}Input", of)
            taken = made.of(function["output"], f"{of}Output", of)
            lines.append(f"    def {_plain(function['name'])}(self, input: {given}, **options: Unpack[Options]) -> {taken}:")
            lines.append(f"        {_said(function['documentation'])}")
        classes.append("\n".join(lines) + "\n")
        attributes.append(f"    {_plain(action['name'])}: {name}\n")
    return _HEAD + "\n".join([*made.written, *classes, "class Actions:\n" + "".join(attributes)])


class _Types:
    def __init__(self):
        self.written, self._named = [], set()

    def of(self, schema, name, prefix, defs=None):
        """The type of a schema, which is written down under `name` where it needs one."""
        defs = schema.get("$defs", {}) if defs is None else defs
        if "$ref" in schema:
            ref = schema["$ref"].rpartition("/")[2]
            return self.of(defs[ref], f"{prefix}_{ref}", prefix, defs)
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        kind = schema.get("type")
        if isinstance(kind, list):
            return _union(self.of({**schema, "type": it}, name, prefix, defs) for it in kind)
        if kind == "object" and "properties" in schema:
            return self._record(schema, name, prefix, defs)
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return _union(self.of(it, f"{name}_{_case(it)}", prefix, defs) for it in schema[choice])
        if kind == "array" and "items" in schema:
            return f"list[{self.of(schema['items'], f'{name}_item', prefix, defs)}]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "array": "list[Any]"}.get(kind, "Any")

    def _record(self, schema, name, prefix, defs):
        if name in self._named:
            return name
        self._named.add(name)
        members = {}
        for member, of in schema["properties"].items():
            told = self.of(of, f"{name}_{_plain(member)}", prefix, defs)
            if "source" in defs.get(of.get("$ref", "").rpartition("/")[2], {}).get("properties", {}):
                # A document of the caller's stands for its content.
                told = _union([told, "LocalContent"])
            members[member] = told if member in schema.get("required", ()) else f"NotRequired[{told}]"
        if all(member.isidentifier() and not keyword.iskeyword(member) for member in members):
            lines = "".join(f"    {member}: {told}\n" for member, told in members.items())
            self.written.append(f"class {name}(TypedDict):\n{lines or '    ...' + chr(10)}")
        else:
            self.written.append(f"{name} = TypedDict({name!r}, {{{', '.join(f'{member!r}: {told}' for member, told in members.items())}}})\n")
        return name


def _union(types):
    """One type of several; of texts that are allowed, one `Literal`."""
    flat = dict.fromkeys(part for told in types for part in told.split(" | "))
    texts = [part[8:-1] for part in flat if part.startswith("Literal[")]
    others = [part for part in flat if not part.startswith("Literal[")]
    return " | ".join(([f"Literal[{', '.join(texts)}]"] if texts else []) + others)


def _case(schema):
    return _plain(next(iter(schema.get("properties", {})), "case"))


def _plain(name):
    return re.sub(r"\W", "_", name)


def _said(text):
    return repr(" ".join(text.split()))
