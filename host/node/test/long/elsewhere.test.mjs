// The one file in Bun and in Deno: a case, a document both ways, an error.

import { deepEqual, equal } from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";
import { sandbox } from "../support/sandbox.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const runtimes = {
  "Node.js": [process.execPath],
  Bun: [here("node_modules/@oven/bun-linux-x64/bin/bun"), "run"],
  Deno: [here("node_modules/@deno/linux-x64-glibc/deno"), "run", "--no-config", "--allow-net=127.0.0.1"],
};

for (const [name, [file, ...args]] of Object.entries(runtimes)) {
  test(`a case in ${name}`, async (t) => {
    const world = await sandbox(t);
    for (const disposition of ["created", "linked"]) {
      const { stdout } = await run(file, [...args, here("elsewhere.mjs"), world.origin, world.token]);
      const sent = disposition === "created" ? 5_000_003 : 0;
      deepEqual(JSON.parse(stdout), {
        dispositions: [disposition, disposition, disposition], sent, size: 5_000_003, whole: true, error: "invalid_input",
      });
    }
    const { documents } = await world.control("GET", "/snapshot");
    equal(documents.length, 1);
    deepEqual(await world.ignored(), []);
  });
}
