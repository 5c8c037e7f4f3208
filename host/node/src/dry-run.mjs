// A dry run: reads happen, writes are held back and told. As the Rust host's
// `egress/dry_run.rs`, and told as `clio run --dry-run` does.
//
// What is held back is the caller's own data and goes to the caller alone: to no log
// and no error.

import { holdRequest } from "./body.mjs";

/** Whether a method only reads. */
export const reads = (method) => ["GET", "HEAD", "OPTIONS"].includes(method);

/** A request as it would have been sent. Of content that streams to storage nothing is kept. */
export async function withheld({ method, destination, route, body, length }, most, over) {
  const told = { method, url: destination.url };
  const held = route === "account" ? await holdRequest(body, length, most, over) : [];
  if (held.length > 0) told.body = shown(held);
  return told;
}

function shown(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return `${bytes.length} bytes that are no JSON`;
  }
}

/** Whether a call ended because its write was held back, and for nothing else. */
export const isHeldBack = (error) => error.code === "denied_by_policy" && !error.denied;
