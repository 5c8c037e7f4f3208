// HTTP over `fetch`, for runtimes that have nothing else. It sees no address that
// is dialled, and a body is held whole, since many drop the length of a stream and
// storage takes no body without one.

/** The most bytes of one body. */
const MOST = 32 << 20;

async function whole(body, length) {
  if (body === undefined || body instanceof Uint8Array) return body;
  if (length > MOST) {
    throw Object.assign(new Error(`fetch sends at most ${MOST >> 20} MiB at once; use another HTTP capability`), { unsent: true });
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of body) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

export const fetchHttp = (fetch) => async ({ method, url, headers, body, length, signal }) => {
  const sent = await whole(body, length);
  const fields = headers.filter(([name]) => name !== "content-length");
  const answer = await fetch(url, { method, headers: fields, body: sent, signal, redirect: "manual" });
  return { status: answer.status, headers: answer.headers, body: answer.body };
};
