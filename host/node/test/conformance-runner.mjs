// Makes calls for the table of conformance, in the engine that is named: a line of
// JSON a call on standard input, and a line a result on standard output. See
// `tests/conformance/process.rs`.

import { createInterface } from "node:readline";
import { bearer, CallError, Clio } from "../src/index.mjs";

const [engine] = process.argv.slice(2);
/** One account at a time: a case has an account of its own. */
let clio, account;

function accountOf({ origin, token }) {
  const key = `${origin} ${token}`;
  if (key !== account) {
    clio?.close();
    clio = new Clio({ origin, http: bearer(() => token), engine });
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
