"""The types of the actions' JSON, from the JSON Schemas of their descriptions."""

import keyword
import re


def stub(actions):
    """The text of `actions.pyi`: a class an action, and a type a schema."""
    made = _Made()
    calls, attributes = [], []
    for action in actions:
        name = _class(action["name"])
        functions = []
        for function in action["functions"]:
            prefix = name if len(action["functions"]) == 1 else name + _class(function["name"])
            given = made.of(function["input"], prefix + "Input", prefix)
            taken = made.of(function["output"], prefix + "Output", prefix)
            said = _said(function.get("documentation", ""))
            functions.append(f"    def {_plain(function['name'])}(self, input: {given}, **options: Unpack[Options]) -> {taken}:\n        {said}\n")
        calls.append(f"class {name}:\n    {_said(action['summary'])}\n" + "".join(functions))
        attributes.append(f"    {_plain(action['name'])}: {name}\n")
    return _HEAD + "\n".join(made.types + calls + ["class Actions:\n" + "".join(attributes)])


_HEAD = '''# Made from the actions' descriptions.

from typing import Any, BinaryIO, Callable, Literal, Optional, TypedDict, Union
from typing_extensions import NotRequired, Unpack

from .cancel import Cancel
from .clio import Limits
from .content import LocalContent

class Options(TypedDict, total=False):
    deadline: Optional[float]
    limits: Optional[Limits]
    cancel: Optional[Cancel]
    on_request: Optional[Callable[[dict[str, Any]], None]]
    correlation_id: Optional[str]
    content_into: Union[BinaryIO, Callable[[bytes], Any]]

'''


class _Made:
    def __init__(self):
        self.types, self._named = [], set()

    def of(self, schema, name, prefix, defs=None):
        """The type of a schema, which is written down under `name` where it needs one."""
        defs = schema.get("$defs", {}) if defs is None else defs
        if "$ref" in schema:
            ref = schema["$ref"].rpartition("/")[2]
            named = f"{prefix}_{ref}"
            if named in self._named:
                return f'"{named}"'
            made = self.of(defs[ref], named, prefix, defs)
            return made
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                cases = [self.of(it, f"{name}_{_case(it, n)}", prefix, defs) for n, it in enumerate(schema[choice])]
                return _union(cases)
        kind = schema.get("type")
        if isinstance(kind, list):
            return _union([self.of({**schema, "type": it}, name, prefix, defs) for it in kind])
        if kind == "object" and "properties" in schema:
            return self._record(schema, name, prefix, defs)
        if kind == "array":
            return f"list[{self.of(schema['items'], name + '_item', prefix, defs)}]" if "items" in schema else "list[Any]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(kind, "Any")

    def _record(self, schema, name, prefix, defs):
        if name in self._named:
            return f'"{name}"'
        self._named.add(name)
        required = schema.get("required", ())
        members = []
        for member, of in schema["properties"].items():
            made = self.of(of, f"{name}_{_plain(member)}", prefix, defs)
            # A document of the caller's stands for its content.
            if member == "content" and set(of) >= {"$ref"} and "source" in defs.get(of["$ref"].rpartition("/")[2], {}).get("properties", {}):
                made = f"Union[{made}, LocalContent]"
            members.append((member, made if member in required else f"NotRequired[{made}]"))
        if all(member.isidentifier() and not keyword.iskeyword(member) for member, _ in members):
            lines = "".join(f"    {member}: {made}\n" for member, made in members) or "    ...\n"
            self.types.append(f"class {name}(TypedDict):\n{lines}")
        else:
            body = ", ".join(f"{member!r}: {made}" for member, made in members)
            self.types.append(f"{name} = TypedDict({name!r}, {{{body}}})\n")
        return f'"{name}"'


def _union(cases):
    cases = list(dict.fromkeys(cases))
    return cases[0] if len(cases) == 1 else f"Union[{', '.join(cases)}]"


def _case(schema, n):
    return _plain(next(iter(schema.get("properties", {})), str(n)))


def _plain(name):
    return re.sub(r"\W", "_", name)


def _class(name):
    return "".join(part.capitalize() for part in name.split("-"))


def _said(text):
    return repr(text.replace("\n", " "))
