// Reads a component's binary: its core module, and the types of what it exports.
//
// The types come from the component itself and not from its description, whose
// schemas say what a value may be and not how wide it is. Only what the exports
// of an action can be made of is understood; anything else is an error here,
// when the package is built, and none at a caller's.

/** A reader of a WebAssembly binary. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }
  byte() {
    if (this.at >= this.end) throw new Error("the component's binary ends too early");
    return this.bytes[this.at++];
  }
  u32() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  name() {
    const length = this.u32();
    const text = new TextDecoder("utf-8", { fatal: true }).decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
  vec(read) {
    return Array.from({ length: this.u32() }, read);
  }
  option(read) {
    return this.byte() === 0 ? null : read();
  }
  /** Sections, each as its id and a reader of its contents. */
  *sections() {
    while (this.at < this.end) {
      const id = this.byte();
      const size = this.u32();
      yield [id, new Reader(this.bytes, this.at, this.at + size)];
      this.at += size;
    }
  }
}

const PRIMITIVES = {
  0x7f: "bool", 0x7e: "s8", 0x7d: "u8", 0x7c: "s16", 0x7b: "u16", 0x7a: "s32", 0x79: "u32",
  0x78: "s64", 0x77: "u64", 0x76: "f32", 0x75: "f64", 0x74: "char", 0x73: "string",
};
const [FUNC, TYPE, COMPONENT, INSTANCE] = [0x01, 0x03, 0x04, 0x05];
const PREAMBLE = 8;

/** The JSON name of what WIT calls `name`. */
const json = (name) => name.replaceAll("-", "_");

/** One component, or the type of one or of an instance: what its indices stand for. */
class Scope {
  constructor(parent, args = {}) {
    this.parent = parent;
    this.args = args;
    this.spaces = { [FUNC]: [], [TYPE]: [], [COMPONENT]: [], [INSTANCE]: [] };
    this.exports = {};
  }

  define(sort, value) {
    this.spaces[sort]?.push(value);
  }

  /** Reads a whole component, and returns its exports. */
  component(bytes) {
    for (const [id, section] of new Reader(bytes, PREAMBLE).sections()) {
      if (id === 4) this.define(COMPONENT, section.bytes.subarray(section.at, section.end));
      else if (id === 5) section.vec(() => this.define(INSTANCE, this.#instance(section)));
      else if (id === 6) section.vec(() => this.alias(section));
      else if (id === 7) section.vec(() => this.define(TYPE, this.type(section)));
      else if (id === 8) section.vec(() => this.#canon(section));
      else if (id === 10) section.vec(() => this.#import(section));
      else if (id === 11) section.vec(() => this.#export(section));
    }
    return this.exports;
  }

  #instance(r) {
    const exports = {};
    if (r.byte() === 0) {
      const nested = this.spaces[COMPONENT][r.u32()];
      const args = {};
      r.vec(() => { args[r.name()] = this.#item(r); });
      return new Scope(this, args).component(nested);
    }
    r.vec(() => { exports[this.#externName(r)] = this.#item(r); });
    return exports;
  }

  #item(r) {
    const sort = this.#sort(r);
    const index = r.u32();
    return this.spaces[sort]?.[index];
  }

  #sort(r) {
    const sort = r.byte();
    if (sort === 0) { r.byte(); return 0; }
    return sort;
  }

  #externName(r) {
    r.byte();
    return r.name();
  }

  alias(r) {
    const sort = this.#sort(r);
    const target = r.byte();
    if (target === 0) {
      const instance = this.spaces[INSTANCE][r.u32()];
      this.define(sort, instance[r.name()]);
    } else if (target === 1) {
      r.u32();
      r.name();
    } else {
      let scope = this;
      for (let up = r.u32(); up > 0; up--) scope = scope.parent;
      this.define(sort, scope.spaces[sort]?.[r.u32()]);
    }
  }

  #canon(r) {
    const kind = r.byte();
    if (kind === 0) { // lift
      r.byte();
      r.u32();
      this.#options(r);
      this.define(FUNC, this.spaces[TYPE][r.u32()]);
    } else if (kind === 1) { // lower
      r.byte();
      r.u32();
      this.#options(r);
    } else if (kind >= 2 && kind <= 4) r.u32(); // of resources
    else throw new Error(`the component uses the built-in ${kind}, which is unknown here`);
  }

  #options(r) {
    r.vec(() => { if (r.byte() > 2) r.u32(); });
  }

  #import(r) {
    const name = this.#externName(r);
    const [sort, described] = this.described(r);
    this.define(sort, this.args[name] ?? described);
  }

  #export(r) {
    const name = this.#externName(r);
    const sort = r.byte();
    const item = this.spaces[sort]?.[r.u32()];
    r.option(() => this.described(r));
    this.define(sort, item);
    this.exports[name] = item;
  }

  /** An `externdesc`: its sort, and the type or what stands for it. */
  described(r) {
    const sort = r.byte();
    if (sort === TYPE) return [TYPE, r.byte() === 0 ? this.spaces[TYPE][r.u32()] : { resource: true }];
    const type = this.spaces[TYPE][r.u32()];
    return [sort, type];
  }

  /** A type's definition. Of an instance: what its exports are. */
  type(r) {
    const kind = r.byte();
    if (PRIMITIVES[kind]) return PRIMITIVES[kind];
    const value = () => this.value(r);
    const cases = () => r.vec(() => {
      const name = json(r.name());
      const payload = r.option(value);
      r.byte();
      return [name, payload];
    });
    switch (kind) {
      case 0x72: return { record: r.vec(() => [json(r.name()), value()]) };
      case 0x71: return { variant: cases() };
      case 0x70: { const of = value(); return of === "u8" ? "bytes" : { list: of }; }
      case 0x6f: return { tuple: r.vec(value) };
      case 0x6e: return { flags: r.vec(() => json(r.name())) };
      case 0x6d: return { enum: r.vec(() => json(r.name())) };
      case 0x6b: return { option: value() };
      case 0x6a: return { result: [r.option(value), r.option(value)] };
      case 0x69: case 0x68: r.u32(); return { resource: true };
      case 0x3f: r.byte(); r.option(() => r.u32()); return { resource: true };
      case 0x40: {
        const params = r.vec(() => [json(r.name()), value()]);
        const result = r.byte() === 0 ? value() : (r.byte(), null);
        return { params, result };
      }
      case 0x41: case 0x42: return this.#declared(r, kind);
      default: throw new Error(`the component has a type of the kind ${kind}, which is unknown here`);
    }
  }

  #declared(r) {
    const scope = new Scope(this);
    r.vec(() => {
      const kind = r.byte();
      if (kind === 0) throw new Error("the component declares a core type, which is unknown here");
      if (kind === 1) scope.define(TYPE, scope.type(r));
      else if (kind === 2) scope.alias(r);
      else {
        const name = scope.#externName(r);
        const [sort, item] = scope.described(r);
        scope.define(sort, item);
        if (kind === 4) scope.exports[name] = item;
      }
    });
    return scope.exports;
  }

  value(r) {
    const first = r.bytes[r.at];
    if (PRIMITIVES[first]) { r.at++; return PRIMITIVES[first]; }
    return this.spaces[TYPE][r.u32()];
  }
}

/**
 * The functions of one exported interface, such as `clio:actions/lookup@0.1.0`:
 * by their JSON names, their parameters and result as shapes.
 */
export function signatures(component, interfaceName) {
  const exported = new Scope(null).component(component)[interfaceName];
  if (!exported) throw new Error(`the component exports no ${interfaceName}`);
  return Object.fromEntries(Object.entries(exported).filter(([, item]) => item?.params));
}

/** The component's own core module: the largest, beside those that only link. */
export function coreModule(component) {
  const modules = [];
  for (const [id, section] of new Reader(component, PREAMBLE).sections()) {
    if (id === 1) modules.push(component.subarray(section.at, section.end));
  }
  if (modules.length === 0) throw new Error("the component holds no core module");
  return modules.sort((a, b) => b.length - a.length)[0];
}

function leb(value) {
  const out = [];
  do {
    out.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return out;
}

/** The module with an upper bound of its memory, in pages of 64 KiB. */
export function bounded(module, pages) {
  const parts = [module.subarray(0, PREAMBLE)];
  let from = PREAMBLE;
  const reader = new Reader(module, PREAMBLE);
  for (const [id, section] of reader.sections()) {
    const end = section.end;
    if (id === 5) {
      const [count, , least] = [section.u32(), section.byte(), section.u32()];
      if (count !== 1) throw new Error("the module has more than one memory");
      const body = [1, 1, ...leb(least), ...leb(pages)];
      parts.push(Uint8Array.from([5, ...leb(body.length), ...body]));
    } else parts.push(module.subarray(from, end));
    from = end;
  }
  return new Uint8Array(Buffer.concat(parts));
}
