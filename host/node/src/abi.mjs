// The canonical ABI of the component model, as far as the actions' exports use
// it: plain data from JSON into the memory of an action's core module, and back.
// Layouts and flattening as the specification says.
//
// What goes in was checked by `json.mjs` before.

import { HostFailure } from "./error.mjs";
import { MAX_INLINE_BYTES } from "./json.mjs";

const SIZES = { bool: 1, u8: 1, s8: 1, u16: 2, s16: 2, u32: 4, s32: 4, f32: 4, char: 4, u64: 8, s64: 8, f64: 8 };
const MAX_FLAT_PARAMS = 16;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

const aligned = (at, align) => Math.ceil(at / align) * align;
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const hasBuffer = typeof Buffer === "function";
/** Bytes as a base64 text. */
export function base64(bytes) {
  if (hasBuffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
/** The bytes of a base64 text. */
export function unbase64(encoded) {
  if (hasBuffer) return Buffer.from(encoded, "base64");
  return Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
}

/** A shape with its layout in memory and its flat parameters. */
export function layout(shape) {
  if (shape === "string" || shape === "bytes") return { kind: shape, size: 8, align: 4, flat: ["i32", "i32"] };
  if (typeof shape === "string") {
    const size = SIZES[shape];
    const flat = shape[0] === "f" ? shape : size === 8 ? "i64" : "i32";
    return { kind: shape, size, align: size, flat: [flat] };
  }
  if (shape.list) return { kind: "list", of: layout(shape.list), size: 8, align: 4, flat: ["i32", "i32"] };
  if (shape.record) return record(shape.record);
  if (shape.tuple) return { ...record(shape.tuple.map((of, n) => [n, of])), kind: "tuple" };
  if (shape.option) return cases("option", [["none", null], ["some", shape.option]]);
  if (shape.enum) return cases("enum", shape.enum.map((name) => [name, null]));
  if (shape.result) return cases("variant", [["ok", shape.result[0]], ["error", shape.result[1]]]);
  if (shape.variant) return cases("variant", shape.variant);
  throw new Error(`the shape ${Object.keys(shape)} is no plain data`);
}

function record(members) {
  let at = 0, align = 1;
  const fields = members.map(([name, shape]) => {
    const of = layout(shape);
    at = aligned(at, of.align);
    const field = { name, of, at };
    at += of.size;
    align = Math.max(align, of.align);
    return field;
  });
  return { kind: "record", fields, size: aligned(at, align), align, flat: fields.flatMap((field) => field.of.flat) };
}

function cases(kind, named) {
  const list = named.map(([name, shape]) => ({ name, of: shape === null ? null : layout(shape) }));
  const payloads = list.flatMap(({ of }) => (of ? [of] : []));
  const tag = list.length <= 256 ? 1 : 2;
  const align = Math.max(1, ...payloads.map((of) => of.align));
  const payload = aligned(tag, align);
  const size = aligned(payload + Math.max(0, ...payloads.map((of) => of.size)), Math.max(tag, align));
  const joined = [];
  for (const { flat } of payloads) flat.forEach((type, n) => { joined[n] = join(joined[n] ?? type, type); });
  return { kind, cases: list, tag, payload, size, align: Math.max(tag, align), flat: ["i32", ...joined] };
}

function join(a, b) {
  if (a === b) return a;
  return [a, b].every((type) => type === "i32" || type === "f32") ? "i32" : "i64";
}

/** The memory of one instance. */
export class Memory {
  #exports; #view; #bytes;
  constructor(exports) { this.#exports = exports; }
  get view() {
    const { buffer } = this.#exports.memory;
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }
  get bytes() {
    const { buffer } = this.#exports.memory;
    if (this.#bytes?.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }
  alloc(size, align) {
    return size === 0 ? align : this.#exports.cabi_realloc(0, 0, align, size) >>> 0;
  }
  /** A view, good until the instance runs again. */
  slice(at, length) {
    const [from, to] = [at >>> 0, (at >>> 0) + (length >>> 0)];
    if (to > this.bytes.length) throw new RangeError("out of the action's memory");
    return this.bytes.subarray(from, to);
  }
  text(at, length) {
    return text.decode(this.slice(at, length));
  }
  u32(at, value) {
    this.view.setUint32(at, value, true);
  }
  /** Writes bytes into a fresh place, and their place and number at `at`. */
  list(at, bytes) {
    const place = this.alloc(bytes.length, 1);
    this.bytes.set(bytes, place);
    this.u32(at, place);
    this.u32(at + 4, bytes.length);
  }
}

/** Writes a JSON value at `at`. */
export function store(m, of, json, at) {
  const { view } = m;
  switch (of.kind) {
    case "bool": return view.setUint8(at, json ? 1 : 0);
    case "u8": return view.setUint8(at, json);
    case "s8": return view.setInt8(at, json);
    case "u16": return view.setUint16(at, json, true);
    case "s16": return view.setInt16(at, json, true);
    case "u32": return view.setUint32(at, json, true);
    case "s32": return view.setInt32(at, json, true);
    case "u64": return view.setBigUint64(at, BigInt(json), true);
    case "s64": return view.setBigInt64(at, BigInt(json), true);
    case "f32": return view.setFloat32(at, json, true);
    case "f64": return view.setFloat64(at, json, true);
    case "char": return view.setUint32(at, json.codePointAt(0), true);
    case "string": return m.list(at, utf8.encode(json));
    case "bytes": return m.list(at, unbase64(json ?? ""));
    case "list": {
      const items = json ?? [];
      const place = m.alloc(items.length * of.of.size, of.of.align);
      items.forEach((item, n) => store(m, of.of, item, place + n * of.of.size));
      m.u32(at, place);
      return m.u32(at + 4, items.length);
    }
    case "record": case "tuple":
      for (const field of of.fields) store(m, field.of, json[field.name], at + field.at);
      return undefined;
    case "option": {
      const some = json !== null && json !== undefined;
      view.setUint8(at, some ? 1 : 0);
      return some ? store(m, of.cases[1].of, json, at + of.payload) : undefined;
    }
    default: {
      const name = typeof json === "string" ? json : Object.keys(json).find((member) => json[member] !== undefined);
      const n = of.cases.findIndex((it) => it.name === name);
      if (of.tag === 1) view.setUint8(at, n); else view.setUint16(at, n, true);
      const payload = of.cases[n].of;
      return payload ? store(m, payload, json[name], at + of.payload) : undefined;
    }
  }
}

/** Reads the value at `at` as JSON. A member that is none is left out. */
export function load(m, of, at) {
  const { view } = m;
  switch (of.kind) {
    case "bool": return view.getUint8(at) !== 0;
    case "u8": return view.getUint8(at);
    case "s8": return view.getInt8(at);
    case "u16": return view.getUint16(at, true);
    case "s16": return view.getInt16(at, true);
    case "u32": return view.getUint32(at, true);
    case "s32": return view.getInt32(at, true);
    case "u64": return exact(view.getBigUint64(at, true));
    case "s64": return exact(view.getBigInt64(at, true));
    case "f32": return finite(view.getFloat32(at, true));
    case "f64": return finite(view.getFloat64(at, true));
    case "char": return String.fromCodePoint(view.getUint32(at, true));
    case "string": return m.text(view.getUint32(at, true), view.getUint32(at + 4, true));
    case "bytes": {
      const length = view.getUint32(at + 4, true);
      if (length > MAX_INLINE_BYTES) throw unsayable("more than 1 MiB of bytes, the most that JSON carries inline");
      return base64(m.slice(view.getUint32(at, true), length));
    }
    case "list": {
      const place = view.getUint32(at, true);
      return Array.from({ length: view.getUint32(at + 4, true) }, (_, n) => load(m, of.of, place + n * of.of.size));
    }
    case "tuple": return of.fields.map((field) => load(m, field.of, at + field.at));
    case "record": {
      const members = {};
      for (const field of of.fields) {
        const value = load(m, field.of, at + field.at);
        if (value !== undefined) members[field.name] = value;
      }
      return members;
    }
    case "option": return view.getUint8(at) === 0 ? undefined : load(m, of.cases[1].of, at + of.payload);
    default: {
      const found = of.cases[of.tag === 1 ? view.getUint8(at) : view.getUint16(at, true)];
      if (!found) throw new RangeError("the action returned a case that there is not");
      return found.of ? { [found.name]: load(m, found.of, at + of.payload) } : found.name;
    }
  }
}

/** A number where every JSON writer keeps it, and its digits beyond. */
function exact(value) {
  return value <= MAX_EXACT && value >= -MAX_EXACT ? Number(value) : value.toString();
}

function finite(number) {
  if (!Number.isFinite(number)) throw unsayable("a number that is not finite");
  return number;
}

const unsayable = (what) => new HostFailure("trap", `the action returned what JSON cannot say: ${what}`);

/** The flat parameters of what lies at `at`. */
function flat(m, of, at) {
  const { view } = m;
  switch (of.kind) {
    case "string": case "bytes": case "list": return [view.getUint32(at, true), view.getUint32(at + 4, true)];
    case "bool": case "u8": return [view.getUint8(at)];
    case "s8": return [view.getInt8(at)];
    case "u16": return [view.getUint16(at, true)];
    case "s16": return [view.getInt16(at, true)];
    case "u64": case "s64": return [view.getBigUint64(at, true)];
    case "f32": return [view.getFloat32(at, true)];
    case "f64": return [view.getFloat64(at, true)];
    case "u32": case "s32": case "char": return [view.getUint32(at, true)];
    case "record": case "tuple": return of.fields.flatMap((field) => flat(m, field.of, at + field.at));
    default: {
      const n = of.tag === 1 ? view.getUint8(at) : view.getUint16(at, true);
      const payload = of.cases[n].of;
      const inner = payload ? flat(m, payload, at + of.payload) : [];
      return [n, ...of.flat.slice(1).map((type, i) => widened(inner[i] ?? 0, payload?.flat[i] ?? type, type))];
    }
  }
}

/** A flat value of one case as the joined type of all cases. */
function widened(value, from, to) {
  if (from === to) return to === "i64" ? BigInt(value) : value;
  const bits = new DataView(new ArrayBuffer(8));
  if (from === "f32") bits.setFloat32(0, value, true);
  else if (from === "f64") bits.setFloat64(0, value, true);
  else if (from === "i64") bits.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  else bits.setInt32(0, value, true);
  return to === "i64" ? bits.getBigUint64(0, true) : bits.getInt32(0, true);
}

/** How a function is called: the layouts of its parameters and of its result. */
export function signature({ params, result }) {
  const [ok, error] = result.result;
  return {
    names: params.map(([name]) => name),
    // By the specification, more parameters than fit flat lie in memory.
    params: layout({ record: params }),
    result: layout({ variant: [["ok", ok], ["error", error]] }),
  };
}

/** Writes the input, and gives the arguments of the core function. */
export function lower(m, signature, input) {
  const { params, names } = signature;
  const at = m.alloc(params.size, params.align);
  store(m, params, names.length === 1 ? { [names[0]]: input } : input, at);
  return params.flat.length > MAX_FLAT_PARAMS ? [at] : flat(m, params, at);
}
