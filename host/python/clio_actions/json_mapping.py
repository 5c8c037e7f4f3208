"""The JSON mapping: the rules that the Rust host keeps (`host/runtime/src/json`),
in the same words.

It is strict: a number out of range, a second spelling, a member that is unknown
are errors, because a member that is ignored looks like a setting that works. The
message points at the member at fault, and holds no part of a value.
"""

import base64
import math
import re
import struct
import unicodedata

MAX_DEPTH = 64
MAX_VALUES = 200_000
MAX_STRING_BYTES = 8 << 20
#: The most bytes that one `list<u8>` may hold in JSON.
MAX_INLINE_BYTES = 1 << 20
MAX_EXACT = 2**53 - 1

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """Why a JSON value does not fit. `pointer` is a JSON Pointer; "" for all of it."""

    def __init__(self, pointer, message):
        super().__init__(pointer, message)
        self.pointer, self.message = pointer, message

    def __str__(self):
        return f"{self.pointer or 'the input'}: {self.message}"


def json_name(name):
    return name.replace("-", "_")


def _pointer(path):
    if path is None:
        return ""
    parent, name, _ = path
    plain = "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in str(name)[:64])
    return f"{_pointer(parent)}/{plain.replace('~', '~0').replace('/', '~1')}"


def _child(path, name):
    return path, name, (path[2] if path else 0) + 1


def _fail(path, message):
    raise JsonError(_pointer(path), message)


def _mismatch(path, wanted, given):
    kinds = ((type(None), "null"), (bool, "a boolean"), ((int, float), "a number"), (str, "a string"), ((list, tuple), "an array"))
    kind = next((told for kind, told in kinds if isinstance(given, kind)), "an object")
    _fail(path, f"must be {wanted}, not {kind}")


def _one_of(names):
    names = [f'"{json_name(name)}"' for name in names]
    return f"one of {', '.join(names[:20])}{', …' if len(names) > 20 else ''}"


def from_json(value, shape):
    """The value of a shape that a JSON value says."""
    return _Reader().read(value, shape, None)


class _Reader:
    def __init__(self):
        self.values, self.strings, self.inline = MAX_VALUES, MAX_STRING_BYTES, 4 * MAX_INLINE_BYTES

    def read(self, value, shape, path):
        if path and path[2] > MAX_DEPTH:
            _fail(path, f"nested deeper than {MAX_DEPTH} levels")
        self._count(path)
        if isinstance(shape, str):
            return self._scalar(value, shape, path)
        return getattr(self, f"_{shape[0]}")(value, path, *shape[1:])

    def _count(self, path):
        self.values -= 1
        if self.values < 0:
            _fail(path, f"the input has more than {MAX_VALUES} values")

    def _text(self, count, path):
        self.strings -= count
        if self.strings < 0:
            _fail(path, f"the input's strings hold more than {MAX_STRING_BYTES} bytes")

    def _string(self, value, path):
        if not isinstance(value, str):
            _mismatch(path, "a string", value)
        if _SURROGATE.search(value):
            _fail(path, "holds half of a character, which is no text")
        self._text(len(value.encode()), path)
        return value

    def _scalar(self, value, shape, path):
        if shape == "bool":
            return value if isinstance(value, bool) else _mismatch(path, "a boolean", value)
        if shape == "string":
            return self._string(value, path)
        if shape == "bytes":
            return self._bytes(value, path)
        if shape == "char":
            if len(self._string(value, path)) != 1:
                _fail(path, "must be a string of exactly one character")
            return value
        if shape in ("f32", "f64"):
            return _float(value, shape, path)
        return _integer(value, shape[0] == "s", int(shape[1:]), path)

    def _bytes(self, value, path):
        if not isinstance(value, str):
            _mismatch(path, "a base64 string", value)
        if len(value) // 4 * 3 <= MAX_INLINE_BYTES + 2:
            if not _BASE64.fullmatch(value):
                _fail(path, "must be base64 in the standard alphabet (RFC 4648) with padding")
            decoded = base64.b64decode(value)
            if len(decoded) <= MAX_INLINE_BYTES:
                self.inline -= len(decoded)
                if self.inline < 0:
                    _fail(path, "brings the inline bytes of the input to more than 4 MiB; pass them by URL")
                return decoded
        return _fail(path, "holds more than 1 MiB; pass larger content by URL or as a file")

    def _list(self, value, path, of):
        if not isinstance(value, (list, tuple)):
            _mismatch(path, "an array", value)
        return [self.read(one, of, _child(path, n)) for n, one in enumerate(value)]

    def _tuple(self, value, path, shapes):
        if not isinstance(value, (list, tuple)):
            _mismatch(path, "an array", value)
        if len(value) > len(shapes):
            _fail(_child(path, len(shapes)), "is one element too many")
        if len(value) < len(shapes):
            _fail(path, f"must have exactly {len(shapes)} elements")
        return [self.read(one, of, _child(path, n)) for n, (one, of) in enumerate(zip(value, shapes))]

    def _option(self, value, path, some):
        return None if value is None else self.read(value, some, path)

    def _record(self, value, path, fields):
        if not isinstance(value, dict):
            _mismatch(path, "an object", value)
        known = {json_name(name) for name, _ in fields}
        for name in value:
            if name not in known:
                _fail(_child(path, name), f"is unknown here; the members are {_one_of(name for name, _ in fields)}")
        return {name: self._member(value, name, shape, _child(path, json_name(name))) for name, shape in fields}

    def _member(self, value, name, shape, path):
        self._text(len(name), path)
        if path[1] in value:
            return self.read(value[path[1]], shape, path)
        if shape == "bytes" or shape[0] in ("option", "list"):
            self._count(path)
            return None if shape[0] == "option" else b"" if shape == "bytes" else []
        return _fail(path, "is missing")

    def _variant(self, value, path, cases):
        given = value
        if isinstance(value, dict):
            if len(value) != 1:
                _fail(path, "must have exactly one member, named by the case")
            given = next(iter(value))
        elif not isinstance(value, str):
            _mismatch(path, "a case", value)
        found = next((case for case in cases if json_name(case[0]) == given), None)
        if found is None:
            return _fail(path, f"must be {_one_of(name for name, _ in cases)}")
        name, shape = found
        if shape is None and isinstance(value, dict):
            _fail(_child(path, given), f'has no payload: write "{given}" alone')
        if shape is not None and not isinstance(value, dict):
            _fail(path, f'is a case that has a payload: write {{"{given}": …}} instead of the name alone')
        self._text(len(name), path)
        return name, None if shape is None else self.read(value[given], shape, _child(path, given))

    def _enum(self, value, path, names):
        self._string(value, path)
        found = next((name for name in names if json_name(name) == value), None)
        return found if found is not None else _fail(path, f"must be {_one_of(names)}")

    def _result(self, value, path, ok, error):
        if not isinstance(value, dict):
            _mismatch(path, "an object", value)
        name = next(iter(value)) if len(value) == 1 else None
        if name not in ("ok", "error"):
            _fail(path, 'must have exactly one member, "ok" or "error"')
        shape, at = ok if name == "ok" else error, _child(path, name)
        if shape is not None:
            return name, self.read(value[name], shape, at)
        return (name, None) if value[name] is None else _fail(at, "has no payload: write null")

    def _flags(self, value, path, names):
        if not isinstance(value, (list, tuple)):
            _mismatch(path, "an array of names", value)
        flags = []
        for n, one in enumerate(value):
            flag = self._enum(one, _child(path, n), names)
            if flag in flags:
                _fail(_child(path, n), "stands there twice")
            flags.append(flag)
        return flags


def _float(value, shape, path):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _mismatch(path, "a number", value)
    try:
        number = struct.unpack("<f", struct.pack("<f", value))[0] if shape == "f32" else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _fail(path, f"does not fit a {shape[1:]}-bit float")
    return number


def _integer(value, signed, bits, path):
    """A whole number as the mapping takes it, `7.0` among them; 64 bits as digits, too."""
    edge = 1 << (bits - signed)
    least = -edge if signed else 0
    number = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, int) or value.is_integer():
            # Python is exact, but who wrote the JSON that it came from may not be.
            if abs(value) > MAX_EXACT:
                _fail(path, f"is a number beyond {MAX_EXACT}, the largest that every JSON writer keeps; where it has 64 bits, write its digits as a string")
            number = int(value)
    elif isinstance(value, str) and bits == 64:
        if _DECIMAL.fullmatch(value) and len(value) <= 20:
            number = int(value)
    else:
        _mismatch(path, "an integer", value)
    if number is None or not least <= number < edge:
        _fail(path, f"must be an integer from {least} to {edge - 1}")
    return number


def to_json(value, shape, path=None):
    """The JSON value that says a value of a shape."""
    if shape is None:
        return None
    if isinstance(shape, str):
        return _scalar_to_json(value, shape, path)
    kind = shape[0]
    if kind == "list":
        return [to_json(one, shape[1], _child(path, n)) for n, one in enumerate(value)]
    if kind == "tuple":
        return [to_json(one, of, _child(path, n)) for n, (one, of) in enumerate(zip(value, shape[1]))]
    if kind == "record":
        named = ((name, json_name(name), of) for name, of in shape[1] if value[name] is not None)
        return {told: to_json(value[name], of, _child(path, told)) for name, told, of in named}
    if kind == "variant":
        case, payload = value
        told, of = json_name(case), dict(shape[1])[case]
        return told if of is None else {told: to_json(payload, of, _child(path, told))}
    if kind == "enum":
        return json_name(value)
    if kind == "option":
        return None if value is None else to_json(value, shape[1], path)
    if kind == "result":
        name, payload = value
        return {name: to_json(payload, shape[1 if name == "ok" else 2], _child(path, name))}
    return [json_name(name) for name in value]


def _scalar_to_json(value, shape, path):
    if shape == "bytes":
        if len(value) > MAX_INLINE_BYTES:
            _fail(path, "holds more than 1 MiB, the most that JSON carries inline")
        return base64.b64encode(value).decode()
    if shape in ("u64", "s64") and abs(value) > MAX_EXACT:
        return str(value)
    if shape in ("f32", "f64") and not math.isfinite(value):
        _fail(path, "is not a finite number, which JSON cannot say")
    return value
