// How a call ends that waits, is late, spins or is not allowed what it asks for. What
// a fault of Clio or its storage comes to stands in `tests/conformance`.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bearer, CallError, Clio, documents, nodeHttp } from "../src/index.mjs";
import { BEGAN, engines } from "./support/compare.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

const contact = {
  source_id: "intake:ann", began: BEGAN, contact: { person: { first_name: "Ann", last_name: "Lee" } }, emails: [{ address: "ann@lee.example" }],
};
const upload = (id, bytes = "%PDF-1.4") => ({
  source_id: "intake:17/a", parent: { matter: id }, name: "a.pdf", provenance: "from_person",
  content: { source: { inline: Buffer.from(bytes).toString("base64") } },
});
const answer = (status, headers = [], body) => ({ answer: { status, headers, ...(body && { body }) } });

const clioOf = (t, world, options) => {
  const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), ...options });
  t.after(() => clio.close());
  return clio;
};
const failed = async (call) => {
  const error = await call.then(() => assert.fail("it did not fail"), (it) => it);
  assert.ok(error instanceof CallError, String(error?.stack));
  return error;
};

for (const engine of engines) {
  test(`${engine}: nobody listens at the origin`, async (t) => {
    const error = await failed(clioOf(t, { origin: "http://127.0.0.1:1", token: "x" }, { engine }).syncContact(contact));
    assert.equal(error.transient, true);
    assert.equal(error.code, "unavailable");
  });

  test(`${engine}: a call that waits ends by its deadline, and by its signal`, async (t) => {
    const open = new Set();
    const silent = createServer((socket) => { open.add(socket); socket.on("close", () => open.delete(socket)).on("error", () => {}).resume(); });
    await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
    t.after(() => silent.close());
    const clio = clioOf(t, { origin: `http://127.0.0.1:${silent.address().port}`, token: "x" }, { engine });
    const began = performance.now();
    const late = await failed(clio.syncContact(contact, { deadline: 300 }));
    assert.equal(late.code, "execution_failed:deadline");
    assert.equal(late.transient, true);
    const cancelled = await failed(clio.syncContact(contact, { signal: AbortSignal.timeout(300) }));
    assert.equal(cancelled.code, "execution_failed:cancelled");
    const before = await failed(clio.syncContact(contact, { signal: AbortSignal.abort() }));
    assert.equal(before.code, "execution_failed:cancelled");
    // While the action's module is being made ready.
    const during = new AbortController();
    const ready = failed(clio.syncContact(contact, { signal: during.signal, deadline: 2500 }));
    during.abort();
    assert.equal((await ready).code, "execution_failed:cancelled");
    assert.ok(performance.now() - began < 3000);
    for (let n = 0; open.size > 0 && n < 100; n++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(open.size, 0, "a socket of an ended call stays open");
  });

  test(`${engine}: a document that changes while it is read is not uploaded`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const folder = await mkdtemp(join(tmpdir(), "clio-node-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "a.pdf");
    await writeFile(file, "before");
    const content = await documents.local(file);
    await writeFile(file, "after, and longer");
    const error = await failed(clioOf(t, world, { engine }).uploadDocument({ ...upload(id), content }));
    assert.equal(error.transient, true);
    assert.equal(error.code, "upload_incomplete");
    const documentsThere = await world.documents();
    assert.equal(documentsThere.length, 1);
    assert.equal(documentsThere[0].versions.some((version) => version.fully_uploaded || version.sha256), false);
  });
}

/** HTTP that sends a request for `path` by POST, and then fails as if it had not. */
function lying(own, path, failure) {
  return async (request) => {
    const answer = await own(request);
    if (request.method !== "POST" || !new URL(request.url).pathname.endsWith(path)) return answer;
    answer.body.resume();
    throw Object.assign(new Error("the connection failed"), failure);
  };
}

for (const engine of engines) {
  // CASES E2
  for (const failure of [{ code: "ETIMEDOUT" }, { code: "EHOSTUNREACH" }, { code: "ENETUNREACH", syscall: "read" }, { code: "UND_ERR_HEADERS_TIMEOUT" }, {}]) {
    test(`${engine}: a write whose connection fails with ${failure.code ?? "no code"} is looked for, and made once`, async (t) => {
      const world = await sandbox(t);
      const own = nodeHttp();
      t.after(() => own.close());
      const clio = clioOf(t, world, { engine, http: bearer(() => world.token, lying(own, "/contacts.json", failure)) });
      const { id } = await clio.syncContact(contact);
      const { contacts } = await world.control("GET", "/snapshot");
      assert.deepEqual(contacts.map((it) => it.id), [id]);
      assert.equal((await world.trace()).filter(({ method }) => method === "POST").length, 1);
    });
  }

  test(`${engine}: a content whose source breaks off is not uploaded`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const own = nodeHttp();
    t.after(() => own.close());
    const piece = new Uint8Array(70_000).fill(7);
    const sources = {
      "is cut": [["content-length", "210000"]],
      "is cut, of unknown length": [],
      "is short": [["content-length", "210000"]],
      "is long": [["content-length", "100000"]],
      "is whole": [["content-length", "140000"]],
    };
    const files = async (request) => {
      const { host, pathname } = new URL(request.url);
      if (host !== "files.example.com") return own(request);
      const name = decodeURIComponent(pathname.slice(1));
      const body = (async function* () {
        yield piece;
        yield piece;
        if (name.includes("cut")) throw Object.assign(new Error("the peer is gone"), { code: "ECONNRESET" });
      })();
      return { status: 200, headers: sources[name], body };
    };
    const clio = clioOf(t, world, { engine, http: bearer(() => world.token, files), policy: { contentOrigins: ["https://files.example.com"] } });
    const send = (name) => clio.uploadDocument({ ...upload(id), source_id: name, name: `${name}.pdf`, content: { source: { url: `https://files.example.com/${encodeURIComponent(name)}` } } });
    for (const name of Object.keys(sources).filter((it) => it !== "is whole")) {
      const error = await failed(send(name));
      assert.deepEqual([name, error.code, error.transient], [name, "unavailable", true]);
    }
    await send("is whole");
    const whole = (await world.documents()).filter(({ versions }) => versions.some((version) => version.fully_uploaded || version.sha256));
    assert.deepEqual(whole.map(({ name }) => name), ["is whole.pdf"]);
  });

  // CASES E5
  test(`${engine}: reads share a connection`, async (t) => {
    let connections = 0;
    const server = http.createServer((_, answer) => answer.setHeader("content-type", "application/json").end('{"data":[],"meta":{}}'));
    server.on("connection", () => { connections++; });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    const clio = clioOf(t, { origin: `http://127.0.0.1:${server.address().port}`, token: "x" }, { engine });
    for (let n = 0; n < 8; n++) await clio.findDocuments({ scope: { matter: 3 }, source_ids: ["a"] });
    assert.equal(connections, 1);
  });
}

test("worker: an action that never waits is ended", async (t) => {
  // The HTTP capability never answers, and the time to compute is none.
  const world = await sandbox(t);
  const clio = clioOf(t, world, { engine: "worker" });
  const error = await failed(clio.syncContact({ ...contact, phones: Array.from({ length: 20_000 }, (_, n) => ({ number: `+1 305 555 ${n}` })) }, { limits: { cpu: 1 } }));
  assert.equal(error.code, "execution_failed:cpu");
  // Another one runs after it.
  assert.equal((await clio.syncContact(contact)).disposition, "created");
});

test("worker: a call that waits for a thread ends by its signal", async (t) => {
  const clio = clioOf(t, { origin: "http://127.0.0.1:1", token: "x" }, { engine: "worker", workers: 1, http: () => new Promise(() => {}) });
  const first = failed(clio.syncContact(contact, { deadline: 1000 }));
  const second = await failed(clio.syncContact(contact, { signal: AbortSignal.timeout(100) }));
  assert.equal(second.code, "execution_failed:cancelled");
  const third = failed(clio.syncContact(contact, { deadline: 200 }));
  assert.equal((await first).code, "execution_failed:deadline");
  assert.equal((await third).code, "execution_failed:deadline");
});

test("a call that waits for the limit to pass ends by its signal, and leaves no timer", async (t) => {
  const world = await sandbox(t);
  await world.fault(answer(429, [["retry-after", "60"]]), { times: "forever" });
  const before = process.getActiveResourcesInfo().filter((it) => it === "Timeout").length;
  const error = await failed(clioOf(t, world).syncContact(contact, { signal: AbortSignal.timeout(300) }));
  assert.equal(error.code, "execution_failed:cancelled");
  assert.ok(process.getActiveResourcesInfo().filter((it) => it === "Timeout").length <= before);
});

test("no action's memory grows beyond 64 MiB", async () => {
  const { readdir, readFile } = await import("node:fs/promises");
  const folder = new URL("../dist/wasm/", import.meta.url);
  const files = await readdir(folder);
  assert.ok(files.length > 20);
  for (const file of files) {
    const module = await WebAssembly.compile(await readFile(new URL(file, folder)));
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => {};
    const { memory } = new WebAssembly.Instance(module, imports).exports;
    assert.throws(() => memory.grow(1024), RangeError, file);
    assert.ok(memory.grow(512) > 0, file);
  }
});

test("a call makes no more requests than it may", async (t) => {
  const world = await sandbox(t);
  const error = await failed(clioOf(t, world).syncContact(contact, { limits: { requests: 1 } }));
  assert.equal(error.code, "execution_failed:limit:requests");
});

test("an error survives JSON.stringify, and names what was denied", async (t) => {
  const world = await sandbox(t);
  const policy = { allow: ["GET /api/v4/contacts.json"] };
  const error = await failed(clioOf(t, world, { policy }).syncContact(contact, { correlationId: "case-17" }));
  assert.equal(error.code, "denied_by_policy");
  assert.equal(error.message, error.problem.message);
  assert.deepEqual(JSON.parse(JSON.stringify({ error })).error, {
    error: { permanent: error.problem },
    correlation_id: "case-17",
    denied: [{ request: `POST ${world.origin}/api/v4/contacts.json`, rule: 'allow = ["POST /api/v4/contacts.json"]' }],
  });
});

test("after a 401 the token is asked for once more, and a write is sent once", async (t) => {
  const world = await sandbox(t);
  const asked = [];
  const clio = clioOf(t, world, { http: bearer((refused) => { asked.push(refused); return refused === undefined && asked.length === 1 ? "stale" : world.token; }) });
  assert.equal((await clio.syncContact(contact)).disposition, "created");
  assert.equal(asked.filter((it) => it !== undefined).length, 1);
  assert.equal(asked[1], "stale");
  const fails = clioOf(t, world, { http: bearer(() => { throw new Error(`no token like ${world.token}`); }) });
  const error = await failed(fails.syncContact(contact));
  assert.ok(!JSON.stringify(error).includes(world.token) && !String(error.stack).includes(world.token));
});
