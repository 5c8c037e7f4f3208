// Documents that a caller has, as the content of an upload, whatever their size.

import { LocalContent } from "./content.mjs";

export const documents = {
  /** Bytes in memory. */
  bytes(bytes, { mediaType, sha256 } = {}) {
    return new LocalContent({
      length: bytes.length, mediaType, sha256,
      async *open(from, to) { yield bytes.subarray(from, to); },
    });
  },
  /** Bytes from elsewhere: `open(from, to)` gives those as an async iterable, each time anew. */
  stream({ length, mediaType, sha256, open }) {
    if (!Number.isSafeInteger(length) || length < 0 || typeof open !== "function") {
      throw new TypeError("a stream has a `length` in bytes and a function `open(from, to)`");
    }
    return new LocalContent({ length, mediaType, sha256, open });
  },
};
