// Makes the fields of the node `Clio`, and how they become an action's input, out
// of the descriptions (`actions.json`). Nothing here knows an action by its name,
// but for the names in `LOOKUPS`: which list of Clio an id is chosen from.
//
// A *shape* says how a member is read from the fields; `nodes/Clio/input.ts` does it.

import { cases, holdsBytes, isScalar, kind, plain, wanted } from "./schema.mjs";
import { described, first, placed, title, told } from "./words.mjs";

/** The kind of `lookup.find` that offers an id, by the type's or the member's name. */
const LOOKUPS = {
  contact_id: "contacts", matter_id: "matters", folder_id: "folders", custom_field_id: "custom_fields", field: "custom_fields",
  practice_area: "practice_areas", stages: "practice_areas", matter_stage: "stages", responsible_attorney: "users",
  originating_attorney: "users", category: "document_categories", template: "document_templates",
};

/** As n8n wants the fields of a group that is long. */
const ordered = (fields) => (fields.length < 5 ? fields : [...fields].sort((one, other) => (one.displayName < other.displayName ? -1 : 1)));
const byName = (one, other) => (one.name < other.name ? -1 : 1);

export function operations(actions) {
  const made = new Operations();
  for (const action of actions) for (const fn of action.functions) made.add(action, fn);
  const trigger = (name, verb, more) => {
    const action = actions.find((it) => it.name === name);
    return made.trigger(action, action.functions.find((it) => it.name === verb), more);
  };
  // A trigger keeps the cursor itself, and reads no hints.
  const documents = trigger("detect-documents", "detect", { without: ["max_pages", "hint"], start: (it) => !it.properties?.cursor });
  const webhooks = trigger("webhooks", "ensure", { without: ["url"] });
  return { ...made.all(), triggers: { documents, webhooks } };
}

class Operations {
  #offered = new Map();
  #fields = [];
  #shapes = {};
  #searches = {};

  add(action, fn) {
    const operation = `${action.name}.${fn.name}`;
    const { resource, operation: name, action: sentence } = placed(action, fn.name);
    if (!this.#offered.has(resource)) this.#offered.set(resource, []);
    const summary = first(action.functions.length === 1 ? action.summary : fn.documentation);
    this.#offered.get(resource).push({ name, value: operation, description: summary, action: sentence });
    const show = { resource: [resource], operation: [operation], given: ["fields"] };
    const schema = plain(fn.input, fn.input.$defs);
    const place = { operation, action, defs: fn.input.$defs, show, open: true };
    const { properties, shape } = this.#record(schema, "", place);
    this.#fields.push(...properties);
    // A file in and a file out are two fields.
    const file = holdsBytes(fn.output) && (holdsContent(shape) ? "outputPropertyName" : "binaryPropertyName");
    if (file) {
      this.#fields.push({
        displayName: "Put Output File in Field", name: file, type: "string", default: "data", required: true,
        hint: "The name of the output binary field", description: "Where the bytes are put, up to 64 MiB", displayOptions: { show: { resource: [resource], operation: [operation] } },
      });
    }
    this.#shapes[operation] = { shape, ...(file && { file }), ...(action.content && { content: contentAt(shape) }) };
  }

  /** The fields of a trigger: what a function takes, without what the trigger gives itself. */
  trigger(action, fn, { without, start }) {
    const { $defs, ...input } = fn.input;
    const defs = { ...$defs, ...start && { start: { ...$defs.start, oneOf: $defs.start.oneOf.filter(start) } } };
    const properties = Object.fromEntries(Object.entries(input.properties).filter(([name]) => !without.includes(name)));
    const required = input.required.filter((name) => !without.includes(name));
    return this.#record({ ...input, properties, required }, "", { operation: `${action.name}.${fn.name}`, action, defs, show: undefined, open: true });
  }

  all() {
    const resources = [...this.#offered.keys()].map((value) => ({ name: title(value), value })).sort(byName);
    const named = (resource) => ({
      displayName: "Operation", name: "operation", type: "options", noDataExpression: true,
      displayOptions: { show: { resource: [resource.value] } },
      options: [...this.#offered.get(resource.value)].sort(byName), default: this.#offered.get(resource.value)[0].value,
    });
    const properties = [
      { displayName: "Resource", name: "resource", type: "options", noDataExpression: true, options: resources, default: "contact" },
      ...resources.map(named),
      {
        displayName: "Input", name: "given", type: "options", noDataExpression: true, default: "fields",
        options: [{ name: "By Fields", value: "fields" }, { name: "As JSON", value: "json" }],
      },
      {
        displayName: "JSON", name: "json", type: "json", default: "{}", required: true, displayOptions: { show: { given: ["json"] } },
        description: "The whole input of the action, as its description has it. A missing source_id and began are filled in.",
      },
      ...this.#fields,
    ];
    return { properties, shapes: this.#shapes, searches: this.#searches };
  }

  /** The members of a record. In the open those that nobody must give lie in a collection. */
  #record(schema, path, place) {
    const direct = wanted(schema);
    const shape = { is: "record", direct: {}, more: {} };
    const properties = [], more = [];
    for (const [name, member] of Object.entries(schema.properties)) {
      const at = path ? `${path}_${name}` : name;
      if (!place.open || direct.has(name)) {
        const required = schema.required?.includes(name) ?? false;
        const made = this.#member(at, name, plain(member, place.defs), { ...place, required, parent: path });
        properties.push(...made.properties);
        shape.direct[name] = made.shape;
      } else {
        const made = this.#inCollection(name, plain(member, place.defs), place);
        more.push(made.property);
        shape.more[name] = made.shape;
      }
    }
    if (more.length > 0) {
      properties.push({
        displayName: path ? `More of ${title(path)}` : "Additional Fields", name: path ? `${path}_more` : "additionalFields",
        type: "collection", placeholder: "Add Field", default: {}, ...(place.show && { displayOptions: { show: place.show } }),
        options: ordered(more),
      });
    }
    return { properties, shape };
  }

  /** A member that may be left out: what is no single field is wrapped. */
  #inCollection(name, schema, place) {
    const within = { ...place, open: false, required: false, show: undefined, collection: true };
    if (isScalar(schema) || kind(schema) === "list" || this.#isReference(schema)) {
      const { properties: [property], shape } = this.#member(name, name, schema, within);
      return { property, shape };
    }
    const made = this.#member(name, name, schema, { ...within, collection: false });
    const values = { displayName: title(name), name: "values", values: ordered(made.properties) };
    const property = { displayName: title(name), name, type: "fixedCollection", default: {}, placeholder: `Add ${title(name)}`, ...described(schema.description, title(name)), options: [values] };
    return { property, shape: { is: "wrapped", of: made.shape } };
  }

  #isReference(schema) {
    return kind(schema) === "choice" && schema.oneOf.some((it) => it.properties?.id)
      && schema.oneOf.every((it) => it.const !== undefined || ["id", "name", "resolved"].includes(Object.keys(it.properties)[0]));
  }

  #member(at, name, schema, place) {
    const base = {
      displayName: title(name), name: at, ...(place.required && at !== "source_id" && { required: true }),
      ...described(schema.description, title(name)), ...(place.show && { displayOptions: { show: place.show } }),
    };
    const one = (property, shape) => ({ properties: [{ ...base, ...property }], shape });
    if (place.open && at === "source_id" && place.required) {
      return one({
        type: "string", default: "", placeholder: "intake:case-17",
        description: "Your own identifier for it, the same for the same thing in every execution. Left blank, one is made that only a retry of this execution shares.",
      }, { is: "source_id" });
    }
    if (place.open && name === "content" && place.action.content && schema.properties?.source) return this.#content(base, at, schema, place);
    switch (kind(schema)) {
      case "enum": return one(this.#options(schema, place), { is: "value" });
      case "boolean": return one({ type: "boolean", default: false, description: `Whether it is so. ${told(schema.description)}`.replace(/([^.])$/, "$1.") }, { is: "value" });
      case "number": {
        const limit = name === "limit" && { default: 50, description: "Max number of results to return" };
        return one({ type: "number", default: schema.minimum ?? 0, typeOptions: { minValue: schema.minimum, maxValue: schema.maximum }, ...limit }, { is: "value" });
      }
      case "instant": return one({ type: "dateTime", default: "" }, { is: "instant" });
      case "text": return one({ type: "string", default: "", ...(name === "secret" && { typeOptions: { password: true } }) }, { is: "value" });
      case "id": return this.#id(base, name, schema, place);
      case "list": return this.#list(base, name, schema, place);
      case "record": return this.#inPlace(at, name, schema, place);
      case "choice": return this.#isReference(schema) ? this.#reference(base, name, schema, place) : this.#choice(base, at, schema, place);
      default: return one({ type: "json", default: "" }, { is: "json" });
    }
  }

  #inPlace(at, name, schema, place) {
    const { required } = place;
    const made = this.#record(schema, place.open ? at : "", place);
    return { properties: made.properties, shape: { ...made.shape, ...(!required && { optional: true }) } };
  }

  #options(schema, { required, collection }) {
    const options = schema.oneOf.map((it) => ({ name: title(it.const), value: it.const, ...described(it.description, title(it.name ?? it.const)) })).sort(byName);
    const blank = { name: "Not Given", value: "" };
    return required || collection
      ? { type: "options", options, default: schema.oneOf[0].const }
      : { type: "options", options: [...options, blank].sort(byName), default: "" };
  }

  /** An id, chosen from a list of Clio or given. */
  #id(base, name, schema, place) {
    const search = this.#search(LOOKUPS[schema.ref] ?? LOOKUPS[name] ?? LOOKUPS[base.name], base.name, place);
    if (!search) return { properties: [{ ...base, type: "string", default: "" }], shape: { is: "value" } };
    const property = { ...base, type: "resourceLocator", default: { mode: "list", value: "" }, modes: [...listed(search.name), { displayName: "By ID", name: "id", type: "string", placeholder: "1200000001" }] };
    return { properties: [...search.properties, property], shape: { is: "id" } };
  }

  /** An id or a name, or what else stands for one of them. */
  #reference(base, name, schema, place) {
    const search = this.#search(LOOKUPS[name] ?? LOOKUPS[schema.ref], base.name, place);
    const all = cases(schema, place.defs);
    const modes = all.map((it) => ({
      displayName: it.name === "id" ? "By ID" : it.payload ? `By ${title(it.name)}` : title(it.name), name: it.name, type: "string",
      ...(it.description && { hint: told(it.description) }),
    }));
    const mode = search ? "list" : "id";
    const property = { ...base, type: "resourceLocator", default: { mode, value: "" }, modes: [...(search ? listed(search.name) : []), ...modes] };
    const words = all.filter((it) => !it.payload).map((it) => it.name);
    return { properties: [...(search?.properties ?? []), property], shape: { is: "reference", ...(words.length > 0 && { words }) } };
  }

  /** Where a list of Clio is asked for, and for what it needs to be told. */
  #search(lookup, at, { operation, action, open, show }) {
    if (lookup === undefined) return undefined;
    const properties = [];
    let search = { kind: lookup };
    if (lookup === "users" || lookup === "matters" || lookup === "contacts") search = { kind: lookup, payload: {} };
    if (lookup === "stages") search = { kind: lookup, from: "additionalFields.practice_area" };
    if (lookup === "custom_fields") {
      const owner = /contact/.test(at) || /contact/.test(action.name) ? "contact" : "matter";
      search = operation.startsWith("custom-fields.") ? { kind: lookup, from: "of" } : { kind: lookup, payload: owner };
    }
    if (lookup === "folders") {
      if (!open) return undefined;
      const from = `${at}_of_matter`;
      search = { kind: lookup, from, as: "matter" };
      const matters = this.#search("matters", at, { operation, action, open, show });
      properties.push({
        displayName: "Folders of Matter", name: from, type: "resourceLocator", default: { mode: "list", value: "" }, ...(show && { displayOptions: { show } }),
        description: "Whose folders the list below offers. It is no part of the input.", modes: [...listed(matters.name), { displayName: "By ID", name: "id", type: "string" }],
      });
    }
    const name = JSON.stringify(Object.values(search)).replace(/[^a-z]+/gi, "_").replace(/^_|_$/g, "");
    this.#searches[name] = search;
    return { name, properties };
  }

  #list(base, name, schema, place) {
    const items = plain(schema.items, place.defs);
    if (kind(items) === "enum") {
      return { properties: [{ ...base, ...this.#options(items, { required: true }), type: "multiOptions", default: [] }], shape: { is: "value" } };
    }
    if (isScalar(items)) {
      return { properties: [{ ...base, type: "string", default: [], typeOptions: { multipleValues: true } }], shape: { is: "value" } };
    }
    if (kind(items) !== "record") return { properties: [{ ...base, type: "json", default: "[]" }], shape: { is: "json" } };
    const made = this.#record(items, "", { ...place, open: false, show: undefined, collection: false });
    const values = { displayName: title(name), name: "values", values: ordered(made.properties) };
    const property = { ...base, type: "fixedCollection", typeOptions: { multipleValues: true }, default: {}, placeholder: `Add ${title(name).replace(/s$/, "")}`, options: [values] };
    return { properties: [property], shape: { is: "rows", of: made.shape } };
  }

  #choice(base, at, schema, place) {
    const all = cases(schema, place.defs);
    const options = all.map((it) => ({ name: title(it.name), value: it.name, ...described(it.description, title(it.name ?? it.const)) }));
    const properties = [{ ...base, type: "options", options: options.sort(byName), default: all[0].name }];
    const shapes = {};
    for (const { name, payload } of all) {
      if (!payload) { shapes[name] = null; continue; }
      const show = { ...place.show, [at]: [name] };
      const made = this.#member(`${at}_${name}`, name, payload, { ...place, show, required: true, collection: false });
      // In a row the members of a case have no path, so each is shown for its case.
      properties.push(...made.properties.map((it) => ({ ...it, displayOptions: { show: { ...show, ...it.displayOptions?.show } } })));
      shapes[name] = made.shape;
    }
    return { properties, shape: { is: "choice", cases: shapes } };
  }

  /** A document's content, of which an operation has one: the bytes of an item, or a URL. */
  #content(base, at, schema, place) {
    const shown = (value) => ({ show: { ...place.show, [at]: [value] } });
    const more = Object.entries(schema.properties).filter(([name]) => name !== "source");
    const shape = { is: "content", more: {} };
    const options = more.map(([name, member]) => {
      const made = this.#inCollection(name, plain(member, place.defs), place);
      shape.more[name] = made.shape;
      return made.property;
    });
    return { shape, properties: [
      {
        ...base, type: "options", default: "binary", description: "Where the bytes are",
        options: [{ name: "Binary Data of the Item", value: "binary" }, { name: "URL", value: "url" }],
      },
      {
        displayName: "Input Data Field Name", name: "binaryPropertyName", type: "string", default: "data", required: true, displayOptions: shown("binary"),
        hint: "The name of the input field that holds the file", description: "The file of the item, up to 64 MiB. Larger ones go by URL.",
      },
      { displayName: "URL", name: "content_url", type: "string", default: "", required: true, displayOptions: shown("url"), description: "Where the file is fetched from: HTTPS, of the origin below" },
      {
        displayName: "Allowed Origin", name: "content_origin", type: "string", default: "", required: true, noDataExpression: true, placeholder: "https://files.example.com",
        displayOptions: shown("url"), description: "The only origin that the URL may have, so that no item leads elsewhere",
      },
      { displayName: "More of Content", name: "content_more", type: "collection", placeholder: "Add Field", default: {}, displayOptions: { show: place.show }, options },
    ] };
  }
}

/** Where the fields of a content begin, as `content` or `template_content`. */
function contentAt(shape, at = "") {
  if (shape.is === "content") return at;
  const inner = (name) => (at === "" ? name : `${at}_${name}`);
  for (const [name, of] of Object.entries({ ...shape.direct, ...shape.cases })) {
    const found = of && contentAt(of, inner(name));
    if (found) return found;
  }
  return undefined;
}

const holdsContent = (shape) => contentAt(shape) !== undefined;

const listed = (searchListMethod) => [{ displayName: "From List", name: "list", type: "list", typeOptions: { searchListMethod, searchable: true } }];
