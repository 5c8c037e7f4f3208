"""The shape of a component's types: plain tuples, made once for each function.

A shape is the name of a scalar (`bool`, `u64`, `string`, `bytes`, `resource`, …)
or a tuple of its kind and what belongs to it:

    ("list", shape)                         ("record", ((name, shape), …))
    ("tuple", (shape, …))                   ("variant", ((case, shape or None), …))
    ("enum", (case, …))                     ("option", shape)
    ("result", ok or None, error or None)   ("flags", (name, …))

Names are spelled as WIT has them.
"""

from wasmtime import component as c

from .error import HostFailure

_SCALARS = {
    c.Bool: "bool", c.S8: "s8", c.U8: "u8", c.S16: "s16", c.U16: "u16", c.S32: "s32", c.U32: "u32",
    c.S64: "s64", c.U64: "u64", c.F32: "f32", c.F64: "f64", c.Char: "char", c.String: "string",
    c.OwnType: "resource", c.BorrowType: "resource",
}
_DEEPEST = 64


def item(extern):
    """An import or export by its type: newer engines wrap it once more."""
    return extern.ty if type(extern).__name__ == "ComponentExtern" else extern


def shape(ty, depth=0):
    """The shape of a type of a component."""
    if depth > _DEEPEST:
        raise HostFailure("instantiation", "a type of the component is too deep for a JSON form")

    def inner(of):
        return None if of is None else shape(of, depth + 1)

    if type(ty) in _SCALARS:
        return _SCALARS[type(ty)]
    if isinstance(ty, c.ListType):
        of = inner(ty.element)
        return "bytes" if of == "u8" else ("list", of)
    if isinstance(ty, c.RecordType):
        return ("record", tuple((name, inner(of)) for name, of in ty.fields))
    if isinstance(ty, c.TupleType):
        return ("tuple", tuple(inner(of) for of in ty.elements))
    if isinstance(ty, c.VariantType):
        return ("variant", tuple((name, inner(of)) for name, of in ty.cases))
    if isinstance(ty, c.EnumType):
        return ("enum", tuple(ty.names))
    if isinstance(ty, c.OptionType):
        return ("option", inner(ty.payload))
    if isinstance(ty, c.ResultType):
        return ("result", inner(ty.ok), inner(ty.err))
    if isinstance(ty, c.FlagsType):
        return ("flags", tuple(ty.names))
    raise HostFailure("instantiation", f"`{type(ty).__name__}` is not plain data and has no JSON form")


def signature(func_type):
    """The shapes of a function: its parameters by name, and its result."""
    result = func_type.result
    return {name: shape(of) for name, of in func_type.params}, None if result is None else shape(result)
