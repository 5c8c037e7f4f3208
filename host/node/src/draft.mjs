// A draft by a function of the embedder's, in place of filling a template. As the Rust
// host's `call/draft.rs`.

import { base64 } from "./abi.mjs";
import { Sha256 } from "./sha256.mjs";

/** The most bytes of a draft. */
const MOST = 10 << 20;
/** Hashed at a time, between which others have their turn. */
const PIECE = 256 << 10;
const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** What made a draft, as `reviews` remember it. */
export const DRAFTER = "a drafter";

/** What a drafter wrote, as `fill-document.fill` tells it. An error says why it is no draft. */
export async function drafted(written, template, breathe) {
  const bytes = typeof written === "string" ? new TextEncoder().encode(written) : written;
  if (!(bytes instanceof Uint8Array)) throw new Error("writes neither a string nor a Uint8Array");
  if (bytes.length > MOST) throw new Error("writes more than 10 MiB");
  const media_type = mediaType(bytes, template);
  const digest = new Sha256();
  for (let at = 0; at < bytes.length; at += PIECE) {
    digest.update(bytes.subarray(at, at + PIECE));
    await breathe();
  }
  return { content: { inline: base64(bytes) }, length: bytes.length, sha256: digest.hex(), media_type, unfilled: [] };
}

function mediaType(bytes, template) {
  if ([0x50, 0x4b, 3, 4].every((byte, at) => bytes[at] === byte)) return DOCX;
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("writes neither a text in UTF-8 nor a Word document");
  }
  if (text.trim() === "") throw new Error("writes nothing");
  return template.startsWith("text/") ? template : "text/plain; charset=utf-8";
}
