// What 2,000 calls leave behind, and what they may not see: sockets, memory and
// handles stay flat; no token is in an action's memory, in what a worker is told,
// in a log or in an error.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setFlagsFromString, serialize } from "node:v8";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { test } from "node:test";
import { MessagePort, Worker } from "node:worker_threads";
import { bearer, Clio, nodeHttp } from "../src/index.mjs";
import { engines } from "./support/compare.mjs";
import { watched } from "./support/loop.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const MIB = 1 << 20;

/** What this process holds, once garbage is gone. */
async function held() {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const resources = process.getActiveResourcesInfo();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    sockets: resources.filter((it) => it === "TCPSocketWrap").length,
    timers: resources.filter((it) => it === "Timeout").length,
    handles: resources.length,
    // Sockets that are kept for later count here alone.
    files: readdirSync("/proc/self/fd").length,
    memory: heapUsed + external + arrayBuffers,
  };
}

/** A message to a worker as bytes. Of what cannot be copied, its text. */
function told(message) {
  try {
    return serialize(message);
  } catch {
    return Buffer.from(inspect(message, { depth: 12, maxArrayLength: null, maxStringLength: null, showHidden: true }));
  }
}

for (const engine of engines) {
  test(`${engine}: sockets, memory and handles stay flat over 2,000 calls`, async (t) => {
    const world = await sandbox(t);
    const own = nodeHttp();
    const clio = new Clio({ origin: world.origin, http: bearer(() => world.token, own), engine });
    t.after(() => { clio.close(); own.close(); });
    const loop = watched();
    const batch = async (calls) => {
      for (let n = 0; n < calls; n += 4) {
        await Promise.all(Array.from({ length: 4 }, () => clio.lookup({ kind: "practice_areas" })));
      }
    };
    await batch(400);
    const before = await held();
    loop.start();
    const began = performance.now();
    await batch(2000);
    const seconds = (performance.now() - began) / 1000;
    loop.stop();
    const after = await held();
    t.diagnostic(`${(2000 / seconds).toFixed(0)} calls a second, ${(after.memory - before.memory) / 1024 | 0} KiB more, held up for at most ${loop.most.toFixed(0)} ms, ${after.files - before.files} more files and sockets`);
    assert.ok(after.sockets <= before.sockets + 1, `${before.sockets} sockets before, ${after.sockets} after`);
    assert.ok(after.timers <= before.timers + 2, `${before.timers} timers before, ${after.timers} after`);
    assert.ok(after.files <= before.files + 2, `${before.files} files and sockets before, ${after.files} after`);
    assert.ok(after.handles <= before.handles + 4, `${before.handles} handles before, ${after.handles} after`);
    assert.ok(after.memory - before.memory < 4 * MIB, `${after.memory - before.memory} bytes more`);
    assert.ok(loop.most < 100, `the event loop was held up for ${loop.most} ms`);
  });

  test(`${engine}: the largest inputs and outputs hold nobody up`, async (t) => {
    const world = await sandbox(t);
    const { id, client } = await matter(world);
    await world.control("POST", "/matters/many", { count: 400, matter: { client, description: "Lee" } });
    const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), engine });
    t.after(() => clio.close());
    const content = { source: { inline: Buffer.alloc(MIB, "A").toString("base64") } };
    const source_ids = Array.from({ length: 1000 }, (_, n) => `intake:${n}`);
    const calls = {
      "1 MiB inline": () => clio.uploadDocument({ source_id: "a", parent: { matter: id }, name: "a.txt", content, provenance: "from_person" }),
      "200 matters": () => clio.pullMattersPull({}),
      "1,000 source ids": () => clio.findDocuments({ scope: { matter: id }, source_ids }),
    };
    for (const [name, call] of Object.entries(calls)) {
      const loop = watched();
      loop.start();
      await call();
      loop.stop();
      assert.ok(loop.most < 100, `${name}: the event loop was held up for ${loop.most} ms`);
    }
  });

  test(`${engine}: no token where it does not belong`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const token = Buffer.from(world.token);
    // Each memory of an action in this thread, and each message to another one.
    const memories = [], messages = [], requests = [];
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(...args) {
        super(...args);
        memories.push(this.exports.memory);
      }
    };
    const posts = [MessagePort.prototype, Worker.prototype].map((it) => [it, it.postMessage]);
    for (const [prototype, post] of posts) {
      prototype.postMessage = function (message, transfer) {
        messages.push(told(message));
        return post.call(this, message, transfer);
      };
    }
    const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), engine, onRequest: (it) => requests.push(JSON.stringify(it)) });
    t.after(() => {
      clio.close();
      WebAssembly.Instance = Instance;
      for (const [prototype, post] of posts) prototype.postMessage = post;
    });
    const content = { source: { inline: "YWJj" } };
    const uploaded = await clio.uploadDocument({ source_id: "a", parent: { matter: id }, name: "a.txt", content, provenance: "from_person" });
    await clio.readDocument({ of: { document: uploaded.id }, content: "bytes" });
    await world.fault({ answer: { status: 500 } }, { times: "forever" });
    const error = await clio.lookup({ kind: "practice_areas" }).catch((it) => it);
    assert.equal(error.transient, true);

    if (engine === "worker") assert.ok(messages.length > 10, "no message was looked at");
    else assert.ok(memories.length >= 3, "no memory was looked at");
    // The look itself: what an action was told of the account is there.
    const origin = Buffer.from(world.origin);
    const seen = engine === "worker" ? messages : memories.map(({ buffer }) => Buffer.from(buffer));
    assert.ok(seen.some((it) => it.includes(origin)), "the look finds nothing");
    for (const it of [...seen, ...messages]) assert.ok(!it.includes(token), "a token was seen");
    for (const text of [...requests, JSON.stringify(error), String(error.stack), String(error.cause?.stack)]) assert.ok(!text.includes(world.token));
    assert.ok(requests.length > 5);
  });
}
