// The real sandbox and the `clio` command, for tests.
//
// `CLIO` names the command; without it the one built in this repository is taken.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const CLIO = process.env.CLIO ?? ["release", "debug"].map((it) => here(`../../../../target/${it}/clio`)).find(existsSync);
if (!CLIO || !existsSync(CLIO)) throw new Error("there is no `clio` command; build it with `cargo build --release`, or name it in CLIO");

/** A sandbox of one test, which ends with it. */
export async function sandbox(t, { rateLimit = 100_000 } = {}) {
  const home = await mkdtemp(join(tmpdir(), "clio-node-"));
  const child = spawn(CLIO, ["sandbox"], { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, CLIO_HOME: home } });
  const [line] = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (...lines) => resolve(lines));
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  const { origin, token } = JSON.parse(line);
  t.after(async () => {
    child.kill();
    await rm(home, { recursive: true, force: true });
  });
  const control = async (method, path, body) => {
    const answer = await fetch(`${origin}/sandbox${path}`, {
      method, body: body === undefined ? undefined : JSON.stringify(body), headers: { "content-type": "application/json" },
    });
    if (!answer.ok) throw new Error(`${method} /sandbox${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  await control("POST", "/rate-limit", { limit: rateLimit, window_ms: 60_000 });
  return {
    origin, token, control,
    fault: (effect, where = {}) => control("POST", "/faults", { effect, ...where }),
    trace: () => control("GET", "/trace"),
    async ignored() { return control("GET", "/ignored"); },
    async documents() { return (await control("GET", "/snapshot")).documents; },
    /** Calls an action with `clio run`: its outcome, or its error. */
    async clioRun(name, input, ...args) {
      const env = { ...process.env, CLIO_HOME: home, CLIO_ORIGIN: origin, CLIO_ACCESS_TOKEN: token };
      const output = await new Promise((resolve) => {
        const run = execFile(CLIO, ["run", name, "--input", "-", ...args], { env, maxBuffer: 1 << 26 }, (_, stdout) => resolve(stdout));
        run.stdin.end(JSON.stringify(input));
      });
      return JSON.parse(output);
    },
  };
}

/** A client and a matter of theirs. */
export async function matter(world) {
  const client = (await world.control("POST", "/contacts", { first_name: "Ann", last_name: "Lee" })).id;
  return { client, id: (await world.control("POST", "/matters", { client, description: "Lee" })).id };
}
