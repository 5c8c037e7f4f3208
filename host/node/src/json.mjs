// The JSON mapping: whether an input is a value of a shape, by the rules that
// the Rust host keeps (`host/runtime/src/json`), in the same words.
//
// It is strict: a number out of range, a second spelling, a member that is
// unknown are errors, because a member that is ignored looks like a setting that
// works. The message points at the member at fault, and holds no part of a value.

const MAX_DEPTH = 64;
const MAX_VALUES = 200_000;
const MAX_STRING_BYTES = 8 << 20;
/** The most bytes that one `list<u8>` may hold in JSON. */
export const MAX_INLINE_BYTES = 1 << 20;
const MAX_EXACT = Number.MAX_SAFE_INTEGER;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Why a JSON value does not fit. `pointer` is a JSON Pointer; "" for all of it. */
export class JsonError extends Error {
  constructor(pointer, message) {
    super(`${pointer || "the input"}: ${message}`);
    this.name = "JsonError";
    this.pointer = pointer;
  }
}

/** Refuses what is no value of `shape`. */
export function check(value, shape) {
  new Checker().read(value, shape, { depth: 0 });
}

/** How many bytes a text takes in UTF-8. */
function byteLength(text) {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
    // Two units that are one character take four bytes.
    if (unit >= 0xd800 && unit <= 0xdbff) at++;
  }
  return bytes;
}

const child = (path, name) => ({ parent: path, name, depth: path.depth + 1 });

function pointer(path) {
  if (path.parent === undefined) return "";
  const name = [...String(path.name)].slice(0, 64).join("")
    .replaceAll("~", "~0").replaceAll("/", "~1").replace(/\p{Cc}/gu, "\ufffd");
  return `${pointer(path.parent)}/${name}`;
}

function fail(path, message) {
  throw new JsonError(pointer(path), message);
}

function kind(value) {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "an array";
  return { boolean: "a boolean", number: "a number", bigint: "a number", string: "a string" }[typeof value] ?? "an object";
}

const mismatch = (path, wanted, given) => fail(path, `must be ${wanted}, not ${kind(given)}`);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** `one of "a", "b"`. */
function oneOf(names) {
  const shown = names.slice(0, 20).map((name) => `"${name}"`).join(", ");
  return `one of ${shown}${names.length > 20 ? ", …" : ""}`;
}

class Checker {
  values = MAX_VALUES;
  strings = MAX_STRING_BYTES;
  inline = 4 * MAX_INLINE_BYTES;

  read(value, shape, path) {
    if (path.depth > MAX_DEPTH) fail(path, `nested deeper than ${MAX_DEPTH} levels`);
    this.#count(path);
    if (typeof shape === "string") return this.#scalar(value, shape, path);
    const [form] = Object.keys(shape);
    return this[form](value, shape[form], path);
  }

  #count(path) {
    if (--this.values < 0) fail(path, `the input has more than ${MAX_VALUES} values`);
  }

  #text(bytes, path) {
    this.strings -= bytes;
    if (this.strings < 0) fail(path, `the input's strings hold more than ${MAX_STRING_BYTES} bytes`);
  }

  #string(value, path) {
    if (typeof value !== "string") mismatch(path, "a string", value);
    if (LONE_SURROGATE.test(value)) fail(path, "holds half of a character, which is no text");
    this.#text(byteLength(value), path);
    return value;
  }

  #scalar(value, shape, path) {
    switch (shape) {
      case "bool": return typeof value === "boolean" || mismatch(path, "a boolean", value);
      case "string": return this.#string(value, path);
      case "bytes": return this.#bytes(value, path);
      case "char":
        if ([...this.#string(value, path)].length !== 1) fail(path, "must be a string of exactly one character");
        return;
      case "f32": case "f64":
        if (typeof value !== "number") mismatch(path, "a number", value);
        if (!Number.isFinite(shape === "f32" ? Math.fround(value) : value)) fail(path, `does not fit a ${shape.slice(1)}-bit float`);
        return;
      default: return integer(value, shape[0] === "s", Number(shape.slice(1)), path);
    }
  }

  #bytes(value, path) {
    if (typeof value !== "string") mismatch(path, "a base64 string", value);
    const tooMany = () => fail(path, "holds more than 1 MiB; pass larger content by URL or as a file");
    if (Math.floor(value.length / 4) * 3 > MAX_INLINE_BYTES + 2) tooMany();
    if (!BASE64.test(value)) fail(path, "must be base64 in the standard alphabet (RFC 4648) with padding");
    const bytes = (value.length / 4) * 3 - (/=*$/.exec(value)[0].length);
    if (bytes > MAX_INLINE_BYTES) tooMany();
    this.inline -= bytes;
    if (this.inline < 0) fail(path, "brings the inline bytes of the input to more than 4 MiB; pass them by URL");
  }

  #elements(value, path, shapeAt) {
    if (!Array.isArray(value)) mismatch(path, "an array", value);
    for (let n = 0; n < value.length; n++) {
      const at = child(path, n);
      this.read(value[n], shapeAt(n) ?? fail(at, "is one element too many"), at);
    }
  }

  list(value, of, path) {
    this.#elements(value, path, () => of);
  }

  tuple(value, shapes, path) {
    this.#elements(value, path, (n) => shapes[n]);
    if (value.length !== shapes.length) fail(path, `must have exactly ${shapes.length} elements`);
  }

  option(value, some, path) {
    if (value !== null && value !== undefined) this.read(value, some, path);
  }

  record(value, fields, path) {
    if (!isObject(value)) mismatch(path, "an object", value);
    for (const name of Object.keys(value)) {
      if (value[name] === undefined || fields.some(([field]) => field === name)) continue;
      fail(child(path, name), `is unknown here; the members are ${oneOf(fields.map(([field]) => field))}`);
    }
    for (const [name, shape] of fields) {
      const at = child(path, name);
      if (Object.hasOwn(value, name) && value[name] !== undefined) this.read(value[name], shape, at);
      else if (shape.option || shape.list || shape === "bytes") this.#count(at);
      else fail(at, "is missing");
      this.#text(name.length, at);
    }
  }

  variant(value, cases, path) {
    let name = value;
    if (isObject(value)) {
      const names = Object.keys(value).filter((member) => value[member] !== undefined);
      if (names.length !== 1) fail(path, "must have exactly one member, named by the case");
      [name] = names;
    } else if (typeof value !== "string") mismatch(path, "a case", value);
    const found = cases.find(([given]) => given === name);
    if (!found) fail(path, `must be ${oneOf(cases.map(([given]) => given))}`);
    const at = child(path, name);
    const [, shape] = found;
    if (shape === null && isObject(value)) fail(at, `has no payload: write "${name}" alone`);
    if (shape !== null && !isObject(value)) {
      fail(path, `is a case that has a payload: write {"${name}": …} instead of the name alone`);
    }
    if (shape !== null) this.read(value[name], shape, at);
    this.#text(name.length, path);
  }

  enum(value, names, path) {
    this.#string(value, path);
    if (!names.includes(value)) fail(path, `must be ${oneOf(names)}`);
    this.#text(value.length, path);
  }
}

/** A whole number as the mapping takes it; 64 bits as digits, too. */
function integer(value, signed, bits, path) {
  const edge = 2n ** BigInt(signed ? bits - 1 : bits);
  const least = signed ? -edge : 0n;
  let number;
  if (typeof value === "number") {
    if (Number.isInteger(value)) {
      if (Math.abs(value) > MAX_EXACT) {
        fail(path, `is a number beyond ${MAX_EXACT}, the largest that every JSON writer keeps; where it has 64 bits, write its digits as a string`);
      }
      number = BigInt(value);
    }
  } else if (typeof value === "string" && bits === 64) {
    if (/^(0|[1-9][0-9]*)$/.test(value) || (signed && /^-[1-9][0-9]*$/.test(value))) number = BigInt(value.slice(0, 24));
  } else mismatch(path, "an integer", value);
  if (number === undefined || number < least || number >= edge) {
    fail(path, `must be an integer from ${least} to ${edge - 1n}`);
  }
}
