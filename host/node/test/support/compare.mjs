// A story told twice, with `clio run` and here, for comparison.

import assert from "node:assert/strict";
import { bearer, Clio } from "../../src/index.mjs";
import { sandbox } from "./sandbox.mjs";

/** When every call of a story was begun. */
export const BEGAN = "2026-03-01T09:30:00Z";

export const engines = ["asyncify", "worker", ...(typeof WebAssembly.Suspending === "function" ? ["jspi"] : [])];

/** What is told of a story: outcomes and requests, without what two sandboxes or two moments differ in. */
export async function told(t, story, runner) {
  const world = await sandbox(t);
  const storage = (await world.control("GET", "")).storage_origin;
  const run = await runner(world, t);
  const outcomes = [];
  await story(world, async (name, input) => {
    const outcome = await run(name, input);
    outcomes.push([name, outcome]);
    return outcome;
  });
  assert.deepEqual(await world.ignored(), []);
  const requests = (await world.trace()).map(({ origin, method, path, query, headers, authorization, body, status, fault }) => ({
      origin, method, path, query, authorization, body, status, fault,
      // Of the connection, which is the HTTP client's.
      headers: headers.filter((name) => name !== "connection"),
    }));
  const plain = JSON.stringify({ outcomes, requests })
    .replaceAll(world.origin, "{account}").replaceAll(storage, "{storage}")
    .replace(/"(correlation_id|cursor|secret)":"[^"]+"/g, '"$1":"{made up}"')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, (time) => (time === BEGAN ? time : "{time}"))
    // What the sandbox signs, and the names that it makes up.
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, "{uuid}")
    .replace(/--[A-Za-z0-9_-]{16}"/g, '--{signature}"')
    .replace(/\{storage\}\/[^"]*/g, "{presigned}").replace(/"path":"\/(?!api)[^"]*"/g, '"path":"{presigned}"');
  return JSON.parse(plain, (key, value) => (key === "query" && /X-Amz|sig/i.test(JSON.stringify(value)) ? "{signature}" : value));
}

export const native = (world) => (name, input) => world.clioRun(name, input);

export const here = (engine) => (world, t) => {
  const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), engine });
  t.after(() => clio.close());
  return async (name, input) => {
    try {
      return await clio.call(name, input);
    } catch (error) {
      return JSON.parse(JSON.stringify(error));
    }
  };
};
