// Programs that a check runs, and what it waits for.

import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** A program that goes on running. */
export function running(file, args, env) {
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => { out += piece; });
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  return { child, ended, out: () => out };
}

export async function command(file, args, env) {
  const { ended, out } = running(file, args, env);
  const code = await ended;
  return { code, out: out() };
}

export async function end({ child, ended }) {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(late);
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
}

/** Asks until it is there; an error of the last try says why it is not. */
export async function until(what, ask, seconds = 60) {
  let last;
  for (const late = Date.now() + seconds * 1000; Date.now() < late;) {
    try {
      const found = await ask();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error(`${what} did not come within ${seconds} s`, { cause: last });
}
