// Documents on this machine, as the content of an upload.
//
// What must stay true: bytes come from disk in pieces, never all at once; a file
// that changes while it is read is an error and never wrong data.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { LocalContent } from "./content.mjs";
import { documents as lent } from "./lent.mjs";

const PIECE = 64 * 1024;
const MEDIA_TYPES = {
  pdf: "application/pdf", txt: "text/plain", csv: "text/csv", html: "text/html", rtf: "application/rtf",
  doc: "application/msword", docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", tif: "image/tiff", tiff: "image/tiff",
  mp3: "audio/mpeg", mp4: "video/mp4", eml: "message/rfc822", msg: "application/vnd.ms-outlook", zip: "application/zip",
};

/** What tells whether a file is still the one that it was. */
const state = ({ dev, ino, size, mtimeNs }) => [dev, ino, size, mtimeNs].join();

/** The bytes `from` to `to` of a file that is still in `expected` state. */
async function* read(file, from, to, expected) {
  const handle = await open(file);
  try {
    const check = async () => {
      if (state(await handle.stat({ bigint: true })) !== expected) throw new Error("the file changed while it was read");
    };
    await check();
    for (let at = from; at < to;) {
      const buffer = new Uint8Array(Math.min(PIECE, to - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error("the file is shorter than it was");
      await check();
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

export const documents = {
  ...lent,

  /**
   * A file as the `content` of an upload: its length, media type and SHA-256 are
   * filled in, and its bytes are streamed when the action asks for them.
   */
  async local(file, { mediaType } = {}) {
    const handle = await open(file);
    let stat;
    try {
      stat = await handle.stat({ bigint: true });
    } finally {
      await handle.close();
    }
    if (!stat.isFile()) throw new TypeError("the content is no regular file; name a file, not a directory or a pipe");
    const expected = state(stat);
    const length = Number(stat.size);
    const digest = createHash("sha256");
    for await (const piece of read(file, 0, length, expected)) digest.update(piece);
    const extension = /\.([A-Za-z0-9]+)$/.exec(String(file))?.[1].toLowerCase();
    return new LocalContent({
      length,
      mediaType: mediaType ?? MEDIA_TYPES[extension],
      sha256: digest.digest("hex"),
      open: (from, to) => read(file, from, to, expected),
    });
  },
};
