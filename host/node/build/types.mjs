// Writes the TypeScript types of the actions, from their descriptions.

import { readFileSync } from "node:fs";
import { methodName } from "../src/clio.mjs";

const pascal = (name) => name.replace(/(?:^|[-_])([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** A documentation comment, indented. */
function comment(text, indent = "") {
  if (!text) return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

const isInteger = ({ type }) => [type].flat().includes("integer");

/** The type of a schema. `local` gives the name of a definition. */
function typeOf(schema, local, indent = "") {
  if (schema.$ref) return local(schema.$ref.split("/").at(-1));
  if ("const" in schema) return JSON.stringify(schema.const);
  // Beside a type they only bound it.
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives && ![schema.type].flat().includes("object")) {
    const types = alternatives.map((it) => typeOf(it, local, indent));
    return [...new Set(types)].join(" | ");
  }
  const types = [schema.type].flat().map((type) => {
    switch (type) {
      case "object": return members(schema, local, indent);
      case "array": {
        if (schema.prefixItems) return `[${schema.prefixItems.map((it) => typeOf(it, local, indent)).join(", ")}]`;
        const of = typeOf(schema.items, local, indent);
        return /[ |]/.test(of) ? `Array<${of}>` : `${of}[]`;
      }
      case "integer": case "number": return "number";
      case "string": case "boolean": case "null": return type;
      default: throw new Error(`a schema has the type ${type}, which is unknown here`);
    }
  });
  // Of a whole number of 64 bits: its digits.
  const joined = [...new Set(types)].join(" | ");
  return isInteger(schema) && types.includes("string") ? joined.replace("number | string", "Integer") : joined;
}

function members(schema, local, indent) {
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const type = typeOf(member, local, inner);
    return `${comment(member.description, inner)}${inner}${name}${required.has(name) ? "" : "?"}: ${type};\n`;
  });
  return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("")}${indent}}`;
}

/** What the functions of one action take and return, in a namespace. */
function namespace({ name, summary, functions }) {
  const defined = new Map();
  const spoken = [];
  const define = (definition, type, text) => {
    const known = defined.get(definition);
    if (known && known.type !== type) throw new Error(`${name} has two definitions of \`${definition}\``);
    defined.set(definition, { type, text });
  };
  const taken = new Set(functions.flatMap(({ input }) => Object.keys(input.$defs ?? {})));
  for (const part of ["input", "output"]) {
    for (const fn of functions) {
      const { $defs = {}, ...schema } = fn[part];
      for (const [definition, it] of Object.entries($defs)) {
        if (part === "output" && taken.has(definition)) continue;
        // In the place of a content stands what `documents.local` gives, too.
        const lent = part === "input" && it.properties?.source ? " | LocalContent" : "";
        const type = typeOf(part === "output" ? given(it) : it, pascal, "  ") + lent;
        define(definition, type, `${comment(it.description, "  ")}  export type ${pascal(definition)} = ${type};\n`);
      }
      const type = typeOf(part === "output" ? given(schema) : schema, pascal, "  ");
      spoken.push(`${comment(schema.description, "  ")}  export type ${pascal(fn.name)}${pascal(part)} = ${type};\n`);
    }
  }
  const texts = [...defined.values()].map(({ text }) => text);
  return `${comment(summary)}export namespace ${pascal(name)} {\n${[...texts, ...spoken].join("")}}\n`;
}

/** An object as it is given: its lists and bytes are there, empty or not. */
function given(schema) {
  const lists = Object.entries(schema.properties ?? {}).filter(([, { type, contentEncoding }]) => type === "array" || contentEncoding);
  return lists.length === 0 ? schema : { ...schema, required: [...(schema.required ?? []), ...lists.map(([name]) => name)] };
}

/** The declarations of an entry, `index` or `inline`. */
export function declarations(descriptions, entry) {
  const fixed = readFileSync(new URL(`../src/${entry}.d.ts`, import.meta.url), "utf8");
  const common = readFileSync(new URL("../src/clio.d.ts", import.meta.url), "utf8");
  const methods = descriptions.flatMap(({ name, functions }) => functions.map((fn) => {
    const space = pascal(name), called = pascal(fn.name);
    return `${comment(fn.documentation, "  ")}  ${methodName(name, fn.name, functions.length)}(input: ${space}.${called}Input, options?: CallOptions): Promise<${space}.${called}Output>;\n`;
  }));
  return `${common}\n${fixed}\n/** The actions on one account. */\nexport interface Clio {\n${methods.join("")}}\n\n${descriptions.map(namespace).join("\n")}`;
}
