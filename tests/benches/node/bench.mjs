// The paths that need Node.js: `node bench.mjs SPEC` prints figures as the
// other paths do (see ../src/spec.rs).

import { readFileSync, writeFileSync } from "node:fs";

import { jco } from "./jco.mjs";
import { connector } from "./connector.mjs";

const spec = JSON.parse(process.argv.at(-1));
const { path, job, count, warm } = spec;
const run = `${process.pid}-${Date.now()}`;
const actions = path.startsWith("jco") ? await jco(spec, run) : await connector(spec, run);

/** Runs actions, `at_once` at a time. */
async function drive(from, count, most) {
  const times = [];
  let next = from;
  const worker = async () => {
    while (next < from + count && Date.now() < most) {
      const i = next++;
      const began = process.hrtime.bigint();
      await actions[job](i);
      times.push(Number(process.hrtime.bigint() - began) / 1e3);
    }
  };
  await Promise.all(Array.from({ length: spec.at_once }, worker));
  return times.sort((a, b) => a - b);
}

const first = Date.now();
const warmed = await drive(0, warm, first + spec.most_ms / 4);
try {
  writeFileSync("/proc/self/clear_refs", "5");
} catch {}
const before = process.cpuUsage();
const began = process.hrtime.bigint();
const times = await drive(warm, count, first + spec.most_ms);
const wall = Number(process.hrtime.bigint() - began) / 1e3;
const used = process.cpuUsage(before);
const at = (part) => times[Math.floor((times.length - 1) * part)];
const [, peak] = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+)/);
const figures = {
  cpu_us: (used.user + used.system) / times.length,
  wall_us: wall / times.length,
  p50_us: at(0.5),
  p99_us: at(0.99),
  peak_mib: Number(peak) / 1024,
  actions: warmed.length + times.length,
};
console.log(JSON.stringify(figures));
// Connections that are kept would keep the process.
process.exit(0);
