// Makes calls for the table of conformance, in the engine that is named, or through
// the one file for bundlers and `fetch`, which is named `inline`: a line of JSON a
// call on standard input, and a line a result on standard output. See
// `tests/conformance/process.rs`.

import { createInterface } from "node:readline";

const [engine] = process.argv.slice(2);
const inline = engine === "inline";
const { bearer, CallError, Clio, fetchHttp } = await import(inline ? "../dist/inline.mjs" : "../src/index.mjs");
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One account at a time: a case has an account of its own. */
let clio, account;

function accountOf({ origin, token }) {
  const key = `${origin} ${token}`;
  if (key !== account) {
    clio?.close();
    const http = bearer(() => token, inline ? fetchHttp(fetch) : undefined);
    // Whatever draft it is asked about, Ann approved it.
    const approval = ({ sha256 }) => ({ approver: "Ann", at: "2025-06-02T09:00:00Z", sha256 });
    const reviews = { approval };
    clio = new Clio(inline ? { origin, http, sleep, reviews } : { origin, http, engine, reviews });
    account = key;
  }
  return clio;
}

async function result(call) {
  try {
    return { ok: await accountOf(call).call(call.function, call.input) };
  } catch (failed) {
    if (!(failed instanceof CallError)) throw failed;
    const { error } = JSON.parse(JSON.stringify(failed));
    return error.execution_failed ? { failure: error.execution_failed } : { err: error };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await result(JSON.parse(line)))}\n`);
}
clio?.close();
