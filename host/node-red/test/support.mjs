// A real Node-RED with the packed nodes in it, as a person installs them, on an
// account of the sandbox.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

/** Waits until `look` gives something. */
export async function eventually(look, what) {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come about within 30 s: ${what}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The packages as npm packs them. */
async function packed(into) {
  const folders = [here("../../node"), here("..")];
  await run("npm", ["pack", "--silent", "--pack-destination", into, ...folders]);
  return (await readdir(into)).filter((name) => name.endsWith(".tgz")).map((name) => join(into, name));
}

/** Starts Node-RED. `t` ends it. */
export async function nodeRed(t) {
  const folder = await mkdtemp(join(tmpdir(), "clio-node-red-"));
  const packages = await packed(folder);
  await writeFile(join(folder, "package.json"), '{"private":true}');
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--offline", ...packages], { cwd: folder });
  await writeFile(join(folder, "settings.js"), `module.exports = {
    uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: "a secret of the test",
    contextStorage: { default: { module: "localfilesystem", config: { flushInterval: 1 } }, memory: { module: "memory" } },
    functionGlobalContext: { inspect: require("node:util").inspect },
    logging: { console: { level: "trace", metrics: true, audit: true } },
    telemetry: { enabled: false, updateNotification: false },
  };`);
  const port = await freePort();
  const it = { folder, url: `http://127.0.0.1:${port}`, log: "" };
  let child;

  it.start = async () => {
    const args = [here("node_modules/node-red/red.js"), "--userDir", folder, "--settings", join(folder, "settings.js"), "--port", String(port)];
    child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => { it.log += text; });
    const begun = it.log.length;
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`Node-RED ended:\n${it.log}`);
      return /Started flows/.test(it.log.slice(begun));
    }, "flows that started");
  };
  it.stop = async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
  /** The admin API. */
  it.admin = async (method, path, body) => {
    const answer = await fetch(`${it.url}${path}`, {
      method, body: body && JSON.stringify(body),
      headers: { "content-type": "application/json", accept: "application/json", "Node-RED-API-Version": "v2" },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return /json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : text;
  };
  /** Deploys, and waits until it runs. */
  it.deploy = async (flows) => {
    const begun = it.log.length;
    await it.admin("POST", "/flows", { flows });
    await eventually(() => /Started flows/.test(it.log.slice(begun)), "flows that started");
  };
  /** A message into the flow, and what the flow answers. */
  it.send = async (path, payload) => {
    const answer = await fetch(`${it.url}${path}`, { method: "POST", body: JSON.stringify(payload), headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(60_000) });
    return { status: answer.status, body: await answer.json() };
  };
  /** What stands in its folder, but the packages. */
  it.kept = async () => {
    const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !`${entry.parentPath}/`.includes("node_modules"));
    return Promise.all(names.map(async (entry) => ({ name: entry.name, text: await readFile(join(entry.parentPath, entry.name), "latin1") })));
  };

  t.after(async () => {
    await it.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await it.start();
  return it;
}
