// The gate: whether what a call brings may go into Clio. As the Rust host's `gate.rs`
// and `egress/review.rs`.
//
// What must stay true: an approval in an input is worth nothing by itself; without
// `reviews` no draft goes; of content that is refused, or of which nobody can tell,
// the guest lacks the last byte.

import { unbase64 } from "./abi.mjs";
import { field } from "./headers.mjs";
import { permanent, Refusal } from "./error.mjs";
import { Sha256 } from "./sha256.mjs";

/** Content of at most this many bytes is held whole. */
const HELD = 1 << 20;
/** A text of this length is looked at for bytes under whatever name. */
const TEXT = 64;
const DIGEST = /^[0-9a-f]{64}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const AT = "/provenance/draft";

const required = (message, at) => permanent("review_required", message, at);

export const REFUSED = {
  machine_made: required("A machine made exactly these bytes, so no person vouches for them. Add them to the drafts for review, have a person approve them, and name the draft.", "/provenance"),
  not_approved: required("The approval is for other bytes. Have a person approve this draft.", `${AT}/sha256`),
  not_reviewable: required("the content's server answered a part of it, or encoded it, so that nobody can tell whether it is a draft; give a URL that answers the document as it is"),
};

export class Gate {
  #reviews; #account; #dryRun; #inline = []; #texts = []; #draft; #isSaidToStand; #refused; #reviewing = false;

  /** `reviews` is the embedder's, and knows what a machine made and a person approved. */
  constructor({ reviews, account, input, writes, dryRun }) {
    this.#reviews = reviews;
    this.#account = account;
    this.#dryRun = dryRun;
    this.writes = writes;
    this.#visit(input, true);
    const of = input?.of;
    this.reads = of?.document ?? of?.version?.document;
  }

  #visit(value, isInput) {
    if (Array.isArray(value)) {
      for (const item of value) this.#visit(item, false);
    } else if (value !== null && typeof value === "object") {
      const given = value.provenance?.draft;
      if (given !== undefined && given !== null) this.#draftOf(value, given, isInput);
      for (const [name, member] of Object.entries(value)) {
        if (name === "inline" && typeof member === "string") this.#bytes(member, this.#inline);
        else this.#visit(member, false);
      }
    } else if (typeof value === "string" && value.length >= TEXT) this.#bytes(value, this.#texts);
  }

  /** Takes a text for bytes, as JSON has them, if it can be. */
  #bytes(text, known) {
    if (this.#reviews && BASE64.test(text)) known.push(new Sha256().update(unbase64(text)).hex());
  }

  #draftOf({ parent, source_id: sourceId, known, on_change: onChange }, given, isInput) {
    // Then nothing is sent, and nobody knows what is there.
    this.#isSaidToStand = known?.status === "complete";
    const whole = parent !== undefined && typeof sourceId === "string" && DIGEST.test(given.sha256);
    if (!isInput || this.#draft || !whole) this.#refused = "The approval of a draft names who, when and the SHA-256 of the bytes.";
    else if (onChange === "new_version" && parent.matter !== undefined) {
      this.#refused = "The draft was approved as a document of its own, and becomes no version of another: leave `on_change` out, or have it approved as a version of that document.";
    }
    this.#draft = { account: this.#account, parent, sourceId, sha256: given.sha256, given, dryRun: this.#dryRun };
  }

  /** Holds what the input brings, and what was lent, against the reviews. */
  async pass(content) {
    const draft = this.#draft;
    if (this.#refused) throw new Refusal(required(this.#refused, AT));
    if (!this.#reviews) {
      if (!draft) return;
      throw new Refusal(required("This host keeps no reviews of drafts, so it takes no draft on a caller's word. Give it the reviews that know who approved what.", AT));
    }
    if (!draft && !this.writes) return;
    this.#reviewing = true;
    if (draft) {
      if (typeof draft.given.approver !== "string" || draft.given.approver.trim() === "") {
        throw new Refusal(required("The approval does not say who approved the draft.", `${AT}/approver`));
      }
      const known = await this.#reviews.approval?.(draft);
      if (!known || ["approver", "at", "sha256"].some((name) => known[name] !== draft.given[name])) {
        throw new Refusal(required("Nobody is known to have approved this draft for this place and source id. An approval that a caller brings is none: have a person approve exactly these bytes.", AT));
      }
    }
    // Any text may be bytes, and most are none: in an upload of a draft only its own count.
    for (const sha256 of draft ? this.#inline : [...this.#inline, ...this.#texts]) await this.#judge(sha256);
    for (const lent of content.lent()) {
      const digest = new Sha256();
      for await (const piece of lent.open(0, lent.length)) digest.update(piece);
      await this.#judge(digest.hex());
    }
  }

  async #judge(sha256) {
    const refused = await this.#of(sha256);
    if (refused) throw new Refusal(REFUSED[refused]);
  }

  /** Why these bytes may not go; undefined: they may. */
  async #of(sha256) {
    if (this.#draft) return this.#draft.sha256 === sha256 ? undefined : "not_approved";
    return (await this.#reviews.isMachineMade?.(this.#account, { bytes: sha256 })) ? "machine_made" : undefined;
  }

  get reviewing() { return this.#reviewing; }

  /** Asks for all of the content, as it is: of a part nobody knows whose it is. */
  all(headers) {
    const kept = headers.filter(([name]) => !["range", "if-range", "accept-encoding"].includes(name));
    return [...kept, ["accept-encoding", "identity"]];
  }

  /** An answer with content on its way to the guest. `fail` notes why there is none. */
  async review(method, answer, fail) {
    if (method === "HEAD") return answer;
    const coding = field(answer.headers, "content-encoding")?.toLowerCase() ?? "identity";
    if (answer.status === 206 || coding !== "identity") throw fail("not_reviewable");
    const length = field(answer.headers, "content-length");
    const pieces = this.#held(answer.body, fail);
    if (length === undefined || Number(length) > HELD) return { ...answer, body: pieces };
    const held = [];
    for await (const piece of pieces) held.push(piece);
    const body = async function* () { yield* held; };
    return { ...answer, body: body() };
  }

  async *#held(body, fail) {
    const digest = new Sha256();
    let held;
    for await (const piece of body) {
      if (piece.length === 0) continue;
      digest.update(piece);
      if (held) yield held;
      held = piece.slice();
    }
    const refused = await this.#of(digest.hex());
    if (refused) throw fail(refused);
    if (held) yield held;
  }

  /** Remembers what a call that succeeded made; gives a sink that hashes what is fetched, where that is a machine's. */
  async keep(action, fn, outcome) {
    const reviews = this.#reviews;
    if (!reviews) return undefined;
    const remember = (made, by = action) => reviews.remember?.(this.#account, made, by);
    if (action === "fill-document" && fn === "fill") await remember({ bytes: outcome.sha256 });
    if (action === "generate-document" && (fn === "start" || fn === "follow")) {
      for (const { id } of outcome.documents ?? []) await remember({ document: String(id) });
    }
    const { disposition } = outcome;
    const stands = disposition === "linked" ? !this.#isSaidToStand : disposition !== "changed" && disposition !== "moved";
    if (this.#draft && !this.#dryRun && outcome.id !== undefined && stands) {
      await reviews.uploaded?.(this.#draft, String(outcome.id));
    }
    if (action !== "read-document" || this.reads === undefined) return undefined;
    if (!(await reviews.isMachineMade?.(this.#account, { document: String(this.reads) }))) return undefined;
    const by = "generate-document";
    if (outcome.content?.inline) await remember({ bytes: outcome.content.inline.sha256 }, by);
    const digest = new Sha256();
    return {
      hashing: (sink) => (piece) => { digest.update(piece); return sink?.(piece); },
      done: () => remember({ bytes: digest.hex() }, by),
    };
  }
}
