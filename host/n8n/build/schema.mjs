// Reads the JSON Schemas of the actions' descriptions: what kind of value a member
// is. The only kinds are those that `components/json-schema` writes.

/** A schema without null and without references; `ref` is the name of what it referred to. */
export function plain(schema, defs) {
  if (schema.$ref) {
    const ref = schema.$ref.split("/").at(-1);
    return { ref, ...plain(defs[ref], defs), ...(schema.description && { description: schema.description }) };
  }
  if (schema.anyOf && !schema.properties) {
    const [inner, ...more] = schema.anyOf.filter(({ type }) => type !== "null");
    if (more.length > 0) throw new Error(`a schema has alternatives without a case: ${JSON.stringify(schema).slice(0, 200)}`);
    return { ...plain(inner, defs), ...(schema.description && { description: schema.description }) };
  }
  return schema;
}

const types = ({ type }) => [type].flat().filter((it) => it !== "null");

/** `enum`, `choice`, `record`, `list`, `id`, `number`, `boolean`, `instant`, `bytes` or `text`. */
export function kind(schema) {
  if (schema.oneOf) return schema.oneOf.every((it) => it.const !== undefined) ? "enum" : "choice";
  if (schema.properties) return "record";
  if (schema.items) return "list";
  if (schema.contentEncoding === "base64") return "bytes";
  if (schema.format === "date-time") return "instant";
  const [type, ...more] = types(schema);
  if (type === "integer") return more.includes("string") ? "id" : "number";
  if (type === "boolean") return "boolean";
  if (type === "string") return "text";
  throw new Error(`no field is known for the schema ${JSON.stringify(schema).slice(0, 200)}`);
}

/** The cases of a choice: each with its payload's schema, or none. */
export function cases({ oneOf }, defs) {
  return oneOf.map((it) => {
    if (it.const !== undefined) return { name: it.const, description: it.description };
    const [[name, payload]] = Object.entries(it.properties);
    return { name, description: it.description, payload: plain(payload, defs) };
  });
}

/** The members that a caller gives in every case, or of which one is needed. */
export function wanted({ required = [], anyOf = [] }) {
  return new Set([...required, ...(anyOf.length <= 2 ? anyOf.flatMap((it) => it.required ?? []) : [])]);
}

export const isScalar = (schema) => ["id", "text", "number", "instant", "enum", "boolean"].includes(kind(schema));

/** Whether `outcome` has bytes somewhere. */
export function holdsBytes(schema) {
  return JSON.stringify(schema).includes('"contentEncoding":"base64"');
}
