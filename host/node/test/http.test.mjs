// What meets the network: the own HTTP capability, a thread that is ended, and the
// package as it is published.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bearer, Clio, nodeHttp } from "../src/index.mjs";
import { Lane } from "../src/lane.mjs";

const execute = promisify(execFile);
/** Runs a program; what it says of a failure is the error's. */
const run = (file, args, options) => execute(file, args, options).catch((error) => {
  throw new Error(`${error.message}\n${error.stdout}`);
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const timeouts = { connect: 2000, firstByte: 2000, betweenBytes: 2000 };
const get = (url, more = {}) => ({ method: "GET", url, headers: [], length: 0, account: false, reach: "world", signal: new AbortController().signal, timeouts, ...more });

async function served(t, server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return server.address().port;
}
async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "clio-node-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

test("a name that leads to this machine is not dialled for the world", async (t) => {
  let reached = 0;
  const port = await served(t, http.createServer((_, answer) => { reached++; answer.end("x"); }));
  const send = nodeHttp();
  t.after(() => send.close());
  await assert.rejects(send(get(`http://localhost:${port}/`)), { code: "CLIO_ADDRESS" });
  assert.equal(reached, 0);
  const answer = await send(get(`http://localhost:${port}/`, { reach: "this_machine" }));
  answer.body.resume();
  assert.equal(answer.status, 200);
  // A connection that is kept is of its reach alone.
  await assert.rejects(send(get(`http://localhost:${port}/`)), { code: "CLIO_ADDRESS" });
  assert.equal(reached, 1);
});

test("an address in a URL is dialled within its reach alone", async (t) => {
  let reached = 0;
  const port = await served(t, http.createServer((_, answer) => { reached++; answer.end("x"); }));
  const send = nodeHttp();
  t.after(() => send.close());
  for (const host of ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "127.0.0.1.", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fe80::1]"]) {
    await assert.rejects(send(get(`http://${host}:${port}/`)), { code: "CLIO_ADDRESS" }, host);
  }
  for (const host of ["1.1.1.1", "[2606:4700::1111]", "10.0.0.1"]) {
    await assert.rejects(send(get(`http://${host}:${port}/`, { reach: "this_machine" })), { code: "CLIO_ADDRESS" }, host);
  }
  assert.equal(reached, 0);
  const answer = await send(get(`http://127.0.0.1:${port}/`, { reach: "this_machine" }));
  answer.body.resume();
  assert.equal(reached, 1);
  // A connection that is kept is of its reach alone.
  await assert.rejects(send(get(`http://127.0.0.1:${port}/`)), { code: "CLIO_ADDRESS" });
});

test("a redirect is not followed, and a path leaves byte for byte", async (t) => {
  const paths = [];
  const port = await served(t, http.createServer((request, answer) => {
    paths.push(request.url);
    answer.writeHead(302, { location: "/elsewhere" }).end();
  }));
  const send = nodeHttp();
  t.after(() => send.close());
  const path = "/a%20b/c;d?X-Sig=a%2Fb&x=|{}^";
  const answer = await send(get(`http://127.0.0.1:${port}${path}`, { reach: "this_machine" }));
  answer.body.resume();
  assert.equal(answer.status, 302);
  assert.deepEqual(paths, [path]);
});

/** A server that answers each request once `enough` of it is there, on a connection that it keeps. */
async function answering(t, enough) {
  const connections = [];
  const server = net.createServer((socket) => {
    const at = connections.push("") - 1;
    let answered = 0;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      connections[at] += bytes.toString("latin1");
      if (connections[at].split(enough).length - 1 <= answered) return;
      answered++;
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const send = nodeHttp();
  t.after(() => send.close());
  const put = async (body, length, headers = []) => {
    const answer = await send(get(`http://127.0.0.1:${server.address().port}/`, { method: "PUT", reach: "this_machine", body, length, headers }));
    for await (const _ of answer.body);
    // A connection is free a moment after its answer is read.
    await setTimeout(50);
  };
  return { connections, put };
}

test("a connection whose answer came before the whole request is not used again", async (t) => {
  const { connections, put } = await answering(t, "\r\n\r\n");
  let sent;
  const all = new Promise((resolve) => { sent = resolve; });
  await put((async function* () {
    yield Buffer.from("ab");
    await setTimeout(100);
    yield Buffer.from("cd");
    sent();
  })(), 4);
  await all;
  await setTimeout(100);
  await put(Buffer.from("ef"), 2);
  await put(Buffer.from("gh"), 2);
  assert.deepEqual(connections.map((text) => text.split("PUT ").length - 1), [1, 2]);
});

test("a body is framed by what is sent, and one of another length ends its connection", async (t) => {
  const { connections, put } = await answering(t, "!");
  const pieces = (...texts) => Readable.from(texts.map((text) => Buffer.from(text)));
  for (const [body, length] of [[pieces("a", "b"), 3], [pieces("a", "bc"), 2], [Buffer.from("a!"), 3]]) {
    await assert.rejects(put(body, length), { code: "CLIO_BODY_SIZE" });
  }
  await put(pieces("a", "!"), 2, [["content-length", "9"], ["Transfer-Encoding", "chunked"]]);
  await put(Buffer.from("b!"), 2, [["Content-Length", "1"]]);
  const used = connections.filter((text) => text.includes("!"));
  assert.equal(used.length, 1);
  assert.deepEqual(used[0].match(/(content-length|transfer-encoding): .*/gi), ["content-length: 2", "content-length: 2"]);
});

test("a certificate that is not trusted is told, and gets no token", async (t) => {
  const at = await folder(t);
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", join(at, "key"), "-out", join(at, "cert")]);
  const [key, cert] = await Promise.all([readFile(join(at, "key")), readFile(join(at, "cert"))]);
  const seen = [];
  const port = await served(t, https.createServer({ key, cert }, (request, answer) => {
    seen.push(request.headers.authorization);
    answer.setHeader("content-type", "application/json");
    answer.end('{"data":[]}');
  }));
  const clioOf = (own) => {
    const clio = new Clio({ origin: `https://localhost:${port}`, http: bearer(() => "token", own) });
    t.after(() => own.close());
    return clio;
  };
  // Not even where the environment would have any certificate taken.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const error = await clioOf(nodeHttp()).lookup({ kind: "practice_areas" }).catch((it) => it);
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  assert.equal(error.code, "unavailable");
  assert.equal(error.transient, false);
  assert.match(error.message, /certificate of https:\/\/localhost:[0-9]+ is not accepted: DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS/);
  assert.deepEqual(seen, []);
  assert.deepEqual((await clioOf(nodeHttp({ ca: cert })).lookup({ kind: "practice_areas" })).options, []);
  assert.deepEqual(seen, ["Bearer token"]);
});

test("a token goes to the account alone, and to no other origin", async () => {
  const sent = [];
  const send = bearer(() => "token", async (request) => { sent.push(request.headers); return { status: 200, headers: [] }; });
  await send(get("https://app.clio.com/", { account: true }));
  await send(get("https://s3.example/"));
  assert.deepEqual(sent, [[["authorization", "Bearer token"]], []]);
  assert.throws(() => bearer("token"), TypeError);
  assert.throws(() => new Clio({ origin: "https://evil.example", http: send }), /none of Clio's regions/);
});

const SPINNING = `(module (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "spin") (result i32) (loop $l (br $l)) (unreachable)))`;

test("worker: an action that spins is ended, and the thread with it", async (t) => {
  const at = await folder(t);
  await writeFile(join(at, "spin.wat"), SPINNING);
  await run(process.execPath, [here("../node_modules/binaryen/bin/wasm-as"), join(at, "spin.wat"), "-o", join(at, "spin.wasm")]);
  const module = await WebAssembly.compile(await readFile(join(at, "spin.wasm")));
  const types = { params: [], result: { result: [null, null] } };
  const call = { key: "spin", module, exported: "spin", types, input: {}, account: "http://127.0.0.1:1", egress: {} };
  const lane = new Lane();
  const began = performance.now();
  await assert.rejects(lane.run({ ...call, limits: { handles: 1, headerBytes: 1, cpu: 300 } }), { failure: { cause: "cpu", message: "the action computed for longer than its allowance of 300ms; raise the CPU limit if that is meant" } });
  assert.ok(lane.ended);
  assert.ok(performance.now() - began < 5000);
});

test("the package holds what it needs, and its types are sound", async (t) => {
  const at = await folder(t);
  const { stdout } = await run("npm", ["pack", "--pack-destination", at, "--json"], { cwd: here("..") });
  const [{ filename, files }] = JSON.parse(stdout);
  const names = files.map(({ path }) => path);
  for (const name of ["src/index.mjs", "src/thread.mjs", "dist/inline.mjs", "dist/index.d.ts", "dist/wasm/lookup.wasm", "dist/wasm/lookup.asyncify.wasm", "LICENSE", "README.md"]) {
    assert.ok(names.includes(name), `${name} is not in the package`);
  }
  assert.deepEqual(names.filter((name) => /^(test|build|node_modules)/.test(name)), []);
  await writeFile(join(at, "package.json"), '{"type":"module"}');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(at, filename)], { cwd: at });
  await writeFile(join(at, "use.mts"), `
    import { bearer, CallError, Clio, documents } from "clio-actions";
    import { nodeHttp } from "clio-actions/http";
    import { bearer as bearerOver, Clio as Inline, fetchHttp } from "clio-actions/inline";
    const clio = new Clio({ origin: "https://app.clio.com", http: bearer(() => "token") });
    export async function use() {
      const { id } = await clio.syncContact({ source_id: "a", contact: { person: { last_name: "Lee" } }, emails: [{ address: "a@b.example" }] });
      const matter = await clio.createMatterCreate({ source_id: "b", client: id, title: "Lee" }, { deadline: 1000 });
      const made = await clio.uploadDocument({ source_id: "c", parent: { matter: matter.id }, name: "a.pdf", content: await documents.local("a.pdf"), provenance: "from_person" });
      const sent: number | string = made.sent;
      // @ts-expect-error there is no such member
      await clio.lookup({ kinds: "practice_areas" });
      const [first] = (await clio.dryRun("lookup", { kind: "users" })).would_send;
      new Inline({ origin: first?.url ?? "", http: bearerOver(() => "token", nodeHttp({ maxSockets: 2 })), sleep: async () => {} });
      return new Inline({ origin: "https://app.clio.com", http: fetchHttp(fetch), sleep: async () => {} }).lookup({ kind: { stages: 1 } }).then(({ options }) => options.length + Number(sent));
    }
    export const transient = (error: unknown) => error instanceof CallError && error.transient;
  `);
  await run(process.execPath, [here("../node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.asynciterable", join(at, "use.mts")], { cwd: at });
  await writeFile(join(at, "use.mjs"), 'import { Clio } from "clio-actions"; import { Clio as I } from "clio-actions/inline"; import "clio-actions/http"; console.log(Clio.actions.length, I.actions.length);');
  const used = await run(process.execPath, [join(at, "use.mjs")], { cwd: at });
  assert.equal(used.stdout.trim(), `${Clio.actions.length} ${Clio.actions.length}`);
});
