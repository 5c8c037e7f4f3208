// What the editor shows of the actions, out of their descriptions.

/** What may stand for a member, in few words. */
function typeOf(schema, definitions) {
  if (schema.$ref) return typeOf(definitions[schema.$ref.split("/").at(-1)], definitions);
  if ("const" in schema) return JSON.stringify(schema.const);
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  if (types.includes("integer")) return "integer";
  if (types.length > 0) return types.join(" or ");
  const alternatives = (schema.oneOf ?? schema.anyOf ?? []).filter(({ type }) => type !== "null");
  const names = alternatives.map((it) => (it.type === "object" && it.required?.length === 1 ? `{ ${it.required[0]}: … }` : typeOf(it, definitions)));
  return [...new Set(names)].join(" or ");
}

/** Every function of the actions: what it does, and the members of its input. */
exports.described = (actions) => actions.flatMap(({ name, summary, functions }) => functions.map((fn) => {
  const { properties = {}, required = [], $defs = {} } = fn.input;
  return {
    name: `${name}.${fn.name}`,
    summary,
    documentation: fn.documentation,
    input: Object.entries(properties).map(([member, schema]) => ({
      name: member, type: typeOf(schema, $defs), required: required.includes(member), description: schema.description ?? "",
    })),
    /** Whether its output names a document's content. */
    content: fn.output.properties?.content !== undefined,
  };
}));
