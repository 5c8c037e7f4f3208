"""Values of the component model, between Python and the engine's C interface.

The engine's own Python layer asks for a type again with each value, makes a
Python call of each byte of a `list<u8>`, and keeps what it does in variables of
the process, so that two threads disturb each other. So the values pass here: a
function is compiled once from a shape, and bytes are copied as a whole.

In Python a record is a dict, a variant `(case, payload)`, an enum its case, a
result `("ok", value)` or `("error", value)`, an option its value or None, flags a
list, and a resource the number that the host gave it.
"""

import ctypes
from ctypes import byref
from functools import lru_cache

# The C interface; it is not documented as public, so each release is tested.
from wasmtime import _ffi as ffi

Val = ffi.wasmtime_component_val_t
SIZE = ctypes.sizeof(Val)
_PAYLOAD = Val.of.offset
_U8 = ffi.WASMTIME_COMPONENT_U8.value
_BYTE = bytes([_U8]) + bytes(SIZE - 1)


def _kind(name):
    return getattr(ffi, f"WASMTIME_COMPONENT_{name}").value


_NUMBERS = {name: (_kind(name.upper()), name) for name in ("s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64")}
_NUMBERS["bool"] = (_kind("BOOL"), "boolean")
_STRING, _CHAR, _LIST, _RECORD, _TUPLE = map(_kind, ("STRING", "CHAR", "LIST", "RECORD", "TUPLE"))
_VARIANT, _ENUM, _OPTION, _RESULT, _FLAGS, _RESOURCE = map(_kind, ("VARIANT", "ENUM", "OPTION", "RESULT", "FLAGS", "RESOURCE"))


def _text(vec):
    return ctypes.string_at(vec.data, vec.size).decode() if vec.size else ""


def _room(new, vec, count, size):
    """Memory for so many values, in which each is a valid one until it is written."""
    new(byref(vec), count)
    if count:
        ctypes.memset(vec.data, 0, count * size)
    return vec


def _boxed(write, value, context):
    """A value in memory of its own, as a payload is kept."""
    held = Val()
    write(held, value, context)
    return ffi.wasmtime_component_val_new(byref(held))


class Resource:
    """A resource of the host on its way to the guest: what it is, and its number."""

    __slots__ = ("rep", "kind")

    def __init__(self, rep, kind):
        self.rep, self.kind = rep, kind


@lru_cache(maxsize=None)
def reader(of):
    """Makes `read(val, context)`, which gives a value of the shape. It frees nothing."""
    if of is None:
        return lambda v, ctx: None
    if of in _NUMBERS:
        member = _NUMBERS[of][1]
        return lambda v, ctx: getattr(v.of, member)
    if of == "char":
        return lambda v, ctx: chr(v.of.character)
    if of == "string":
        return lambda v, ctx: _text(v.of.string)
    if of == "bytes":
        return _read_bytes
    if of == "resource":
        return _read_resource
    kind = of[0]
    if kind == "list":
        read = reader(of[1])

        def read_list(v, ctx):
            vec = v.of.list
            data = vec.data
            return [read(data[n], ctx) for n in range(vec.size)]
        return read_list
    if kind == "tuple":
        reads = [reader(it) for it in of[1]]

        def read_tuple(v, ctx):
            data = v.of.tuple.data
            return tuple([read(data[n], ctx) for n, read in enumerate(reads)])
        return read_tuple
    if kind == "record":
        fields = [(n, name, reader(it)) for n, (name, it) in enumerate(of[1])]

        def read_record(v, ctx):
            data = v.of.record.data
            return {name: read(data[n].val, ctx) for n, name, read in fields}
        return read_record
    if kind == "variant":
        cases = {name: reader(it) for name, it in of[1]}

        def read_variant(v, ctx):
            variant = v.of.variant
            case = _text(variant.discriminant)
            return case, cases[case](variant.val.contents, ctx) if variant.val else None
        return read_variant
    if kind == "enum":
        return lambda v, ctx: _text(v.of.enumeration)
    if kind == "option":
        some = reader(of[1])
        return lambda v, ctx: some(v.of.option.contents, ctx) if v.of.option else None
    if kind == "result":
        ok, error = reader(of[1]), reader(of[2])

        def read_result(v, ctx):
            result = v.of.result
            name, read = ("ok", ok) if result.is_ok else ("error", error)
            return name, read(result.val.contents, ctx) if result.val else None
        return read_result

    def read_flags(v, ctx):
        vec = v.of.flags
        return [_text(vec.data[n]) for n in range(vec.size)]
    return read_flags


def _read_bytes(v, ctx):
    vec = v.of.list
    if not vec.size:
        return b""
    # One value a byte: every 32nd or so is the byte itself.
    return ctypes.string_at(vec.data, vec.size * SIZE)[_PAYLOAD::SIZE]


def _read_resource(v, ctx):
    host = ctypes.POINTER(ffi.wasmtime_component_resource_host_t)()
    # Also gives back what was only lent.
    error = ffi.wasmtime_component_resource_any_to_host(ctx, v.of.resource, byref(host))
    if error:
        ffi.wasmtime_error_delete(error)
        raise ValueError("no resource of this host")
    rep = ffi.wasmtime_component_resource_host_rep(host)
    ffi.wasmtime_component_resource_host_delete(host)
    return rep


@lru_cache(maxsize=None)
def writer(of):
    """Makes `write(val, value, context)`. The value must be of the shape."""
    if of in _NUMBERS:
        kind, member = _NUMBERS[of]

        def write_number(v, value, ctx):
            v.kind = kind
            setattr(v.of, member, value)
        return write_number
    if of == "char":
        def write_char(v, value, ctx):
            v.kind = _CHAR
            v.of.character = ord(value)
        return write_char
    if of == "string":
        def write_string(v, value, ctx):
            v.of.string = ffi.str_to_capi(value)
            v.kind = _STRING
        return write_string
    if of == "bytes":
        return _write_bytes
    if of == "resource":
        return _write_resource
    kind = of[0]
    if kind == "list":
        write = writer(of[1])

        def write_list(v, value, ctx):
            vec = _room(ffi.wasmtime_component_vallist_new_uninit, ffi.wasmtime_component_vallist_t(), len(value), SIZE)
            v.of.list = vec
            v.kind = _LIST
            for n, one in enumerate(value):
                write(vec.data[n], one, ctx)
        return write_list
    if kind == "tuple":
        writes = [writer(it) for it in of[1]]

        def write_tuple(v, value, ctx):
            vec = _room(ffi.wasmtime_component_valtuple_new_uninit, ffi.wasmtime_component_valtuple_t(), len(writes), SIZE)
            v.of.tuple = vec
            v.kind = _TUPLE
            for n, write in enumerate(writes):
                write(vec.data[n], value[n], ctx)
        return write_tuple
    if kind == "record":
        fields = [(n, name, writer(it)) for n, (name, it) in enumerate(of[1])]
        entry = ctypes.sizeof(ffi.wasmtime_component_valrecord_entry)

        def write_record(v, value, ctx):
            vec = _room(ffi.wasmtime_component_valrecord_new_uninit, ffi.wasmtime_component_valrecord_t(), len(fields), entry)
            for n, name, _ in fields:
                vec.data[n].name = ffi.str_to_capi(name)
            v.of.record = vec
            v.kind = _RECORD
            for n, name, write in fields:
                write(vec.data[n].val, value[name], ctx)
        return write_record
    if kind == "variant":
        cases = {name: it and writer(it) for name, it in of[1]}

        def write_variant(v, value, ctx):
            case, payload = value
            write = cases[case]
            boxed = None if write is None else _boxed(write, payload, ctx)
            v.of.variant.discriminant = ffi.str_to_capi(case)
            v.of.variant.val = boxed
            v.kind = _VARIANT
        return write_variant
    if kind == "enum":
        def write_enum(v, value, ctx):
            v.of.enumeration = ffi.str_to_capi(value)
            v.kind = _ENUM
        return write_enum
    if kind == "option":
        some = writer(of[1])

        def write_option(v, value, ctx):
            v.of.option = None if value is None else _boxed(some, value, ctx)
            v.kind = _OPTION
        return write_option
    if kind == "result":
        writes = {"ok": of[1] and writer(of[1]), "error": of[2] and writer(of[2])}

        def write_result(v, value, ctx):
            name, payload = value
            write = writes[name]
            v.of.result.val = None if write is None else _boxed(write, payload, ctx)
            v.of.result.is_ok = name == "ok"
            v.kind = _RESULT
        return write_result

    def write_flags(v, value, ctx):
        vec = ffi.wasmtime_component_valflags_t()
        ffi.wasmtime_component_valflags_new_uninit(byref(vec), len(value))
        for n, name in enumerate(value):
            vec.data[n] = ffi.str_to_capi(name)
        v.of.flags = vec
        v.kind = _FLAGS
    return write_flags


def _write_bytes(v, value, ctx):
    count = len(value)
    vec = ffi.wasmtime_component_vallist_t()
    ffi.wasmtime_component_vallist_new_uninit(byref(vec), count)
    if count:
        values = bytearray(_BYTE * count)
        values[_PAYLOAD::SIZE] = value
        ctypes.memmove(vec.data, (ctypes.c_char * len(values)).from_buffer(values), len(values))
    v.of.list = vec
    v.kind = _LIST


def _write_resource(v, value, ctx):
    host = ffi.wasmtime_component_resource_host_new(True, value.rep, value.kind)
    handed = ctypes.POINTER(ffi.wasmtime_component_resource_any_t)()
    error = ffi.wasmtime_component_resource_host_to_any(ctx, host, byref(handed))
    ffi.wasmtime_component_resource_host_delete(host)
    if error:
        ffi.wasmtime_error_delete(error)
        raise ValueError("the engine takes no more resources")
    v.of.resource = handed
    v.kind = _RESOURCE
