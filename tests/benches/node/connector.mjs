// A plain connector: the same requests, written as one writes them, by `fetch`
// or by undici. It parses no more than it needs, and checks no answer.

import { createHash } from "node:crypto";

import { Pool } from "undici";

const PERSON = "id,type,first_name,last_name,name,email_addresses{address}";
const LISTED =
  "id,name,deleted_at,external_properties{id,name,value}," +
  "latest_document_version{uuid,version_number,fully_uploaded}";
const UPLOADED =
  "id,etag,external_properties{id,name,value}," +
  "latest_document_version{uuid,version_number,fully_uploaded,put_url,put_headers}";
const DETECTED =
  "id,name,created_at,updated_at,deleted_at,content_type,size,matter{id},contact{id},parent{id}," +
  "document_category{id},external_properties{id,name,value},latest_document_version{fully_uploaded}";

/** One exchange: status, a header's value, and the body read as JSON. */
function sender(path) {
  const pools = new Map();
  return async (method, url, headers, body) => {
    if (path === "fetch") {
      const answer = await fetch(url, { method, headers, body });
      const text = await answer.text();
      if (!answer.ok) throw Error(`${method} ${url.pathname}: ${answer.status} ${text}`);
      return [text && JSON.parse(text), answer.headers.get("date")];
    }
    if (!pools.has(url.origin)) pools.set(url.origin, new Pool(url.origin, { connections: 32 }));
    const pool = pools.get(url.origin);
    const answer = await pool.request({ path: url.pathname + url.search, method, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw Error(`${method} ${url.pathname}: ${answer.statusCode} ${text}`);
    return [text && JSON.parse(text), answer.headers.date];
  };
}

export async function connector({ path, origin, token, matter, documents }, run) {
  const send = sender(path);
  const head = {
    authorization: `Bearer ${token}`,
    accept: "application/json",
    "user-agent": "clio-benches",
    "x-api-version": "4.0.13",
  };
  const api = (method, route, query, data) => {
    const url = new URL(`/api/v4/${route}`, origin);
    for (const [name, value] of query) url.searchParams.append(name, value);
    const headers = data ? { ...head, "content-type": "application/json" } : head;
    return send(method, url, headers, data && JSON.stringify({ data }));
  };
  const list = async (route, query) => {
    let [page, date] = await api("GET", route, [...query, ["limit", "200"], ["order", "id(asc)"]]);
    const rows = page.data;
    while (page.meta?.paging?.next) {
      [page] = await api("GET", route, [...new URL(page.meta.paging.next).searchParams]);
      rows.push(...page.data);
    }
    return [rows, date];
  };
  const sync = async (lastName, address) => {
    const common = [["type", "Person"], ["fields", PERSON]];
    const fits = (row) =>
      row.last_name === lastName && row.email_addresses.some((it) => it.address.toLowerCase() === address);
    const since = new Date(Date.now() - 600e3).toISOString();
    for (const query of [["query", address], ["created_since", since]]) {
      const [rows] = await list("contacts.json", [query, ...common]);
      const row = rows.find(fits);
      if (row) return row.id;
    }
    const email_addresses = [{ name: "Other", address }];
    const person = { type: "Person", first_name: "Ann", last_name: lastName, email_addresses };
    const [made] = await api("POST", "contacts.json", [["fields", PERSON]], person);
    return made.data.id;
  };
  const look = async (matter, ids) => {
    const [rows] = await list("documents.json", [
      ["matter_id", matter],
      ["external_property_name", "source-id"],
      ["show_uncompleted", "true"],
      ["include_deleted", "true"],
      ["fields", LISTED],
    ]);
    const id = (row) => row.external_properties?.find((it) => it.name === "source-id")?.value;
    const found = new Map(rows.map((row) => [id(row), row]));
    return ids.map((id) => found.get(id));
  };
  const upload = async (id, matter, name, bytes) => {
    const external_properties = [
      { name: "source-id", value: id },
      { name: "sha256", value: createHash("sha256").update(bytes).digest("hex") },
    ];
    const document = { name, parent: { id: matter, type: "Matter" }, external_properties };
    const [made] = await api("POST", "documents.json", [["fields", UPLOADED]], document);
    const { uuid, put_url, put_headers } = made.data.latest_document_version;
    const headers = Object.fromEntries(put_headers.map((it) => [it.name, it.value]));
    // `fetch` sets the length itself.
    if (path !== "fetch") headers["content-length"] = String(bytes.length);
    await send("PUT", new URL(put_url), headers, bytes);
    const done = { uuid, fully_uploaded: true };
    await api("PATCH", `documents/${made.data.id}.json`, [["fields", LISTED]], done);
  };
  let since;
  const before = (instant) => new Date(instant - 600e3).toISOString().slice(0, 19) + "Z";
  return {
    find: async () => {
      if (!(await look(matter, ["bench:doc"]))[0]) throw Error("the document is absent");
    },
    found: () => sync("Found", "ann.found@example.com"),
    new: (i) => sync("New", `n${run}-${i}@example.com`),
    case: async (i) => {
      const id = `bench:${run}-${i}`;
      const client = { id: await sync("Case", `c${run}-${i}@example.com`) };
      const [made] = await api("POST", "matters.json", [["fields", "id,display_number"]], {
        client,
        description: "Case",
        client_reference: id,
      });
      await look(made.data.id, []);
      for (let k = 0; k < documents; k++) {
        await upload(`${id}-${k}`, made.data.id, `d${k}.pdf`, new Uint8Array(20 << 10).fill(k));
      }
    },
    detect: async () => {
      const [rows, date] = await list("documents.json", [
        ["updated_since", since ?? before(Date.now())],
        ["show_uncompleted", "true"],
        ["include_deleted", "true"],
        ["fields", DETECTED],
      ]);
      since ??= before(Date.parse(date));
      return rows.filter((row) => row.latest_document_version?.fully_uploaded && !row.deleted_at);
    },
  };
}
