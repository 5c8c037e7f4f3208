// The content that a result names by URL, handed to the caller of the call: as the
// Rust host's `fetch.rs`. A document of a gigabyte is in no result.
//
// What must stay true: nothing is fetched but a URL that an answer granted to this
// very call, by the one way out; what is fetched is whole, or an error.

import { WireError } from "./body.mjs";
import { HostFailure, permanent, Refusal } from "./error.mjs";

const later = (message) => new Refusal({ transient: permanent("unavailable", message).permanent });
const broken = (why) => later(`the content did not arrive whole (${why}); try again later`);

/** Fetches what `outcome` names as its content, if it does, into `sink`. */
export async function fetchNamed(egress, outcome, sink) {
  const url = outcome?.content?.url;
  if (typeof url !== "string") return;
  let taken = 0;
  try {
    const answer = await egress.fetch(url);
    if (!answer) throw new Refusal(permanent("denied_by_policy", "the result names a URL for its content that no answer of Clio granted to this call"));
    if (answer.status !== 200) throw later(`storage did not hand out the content (HTTP ${answer.status}); try again later`);
    for await (const piece of answer.body) {
      taken += piece.length;
      await taking(sink, piece);
    }
  } catch (error) {
    throw error instanceof WireError ? broken(error.code) : error;
  }
  if (outcome.size !== undefined && Number(outcome.size) !== taken) throw broken("not as many bytes as Clio says");
}

async function taking(sink, piece) {
  try {
    await sink(piece);
  } catch (error) {
    throw new HostFailure("internal", `the content cannot be written: ${error?.message}`);
  }
}
