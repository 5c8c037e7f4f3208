// What an HTTP capability's error means: the code of `wasi:http` that fits, and
// whether a byte of the request may have been written.
//
// What must stay true: the text of a cause stays here, since it may name
// addresses; "not sent" is said only where that is certain.

import { WireError } from "./body.mjs";

/** Codes, and whether they say that nothing was written: at all, or of a system call. */
const CODES = {
  ECONNREFUSED: ["connection-refused", true],
  ENOTFOUND: ["DNS-error", true],
  EAI_AGAIN: ["DNS-error", true],
  // A connection that stood is told of these, too.
  EHOSTUNREACH: ["destination-unavailable", "connect"],
  ENETUNREACH: ["destination-unavailable", "connect"],
  UND_ERR_CONNECT_TIMEOUT: ["connection-timeout", true],
  CLIO_CONNECT_TIMEOUT: ["connection-timeout", true],
  CLIO_BODY_SIZE: ["HTTP-request-body-size", false],
  CLIO_ADDRESS: ["destination-IP-prohibited", true],
};
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/;

/** The error that a guest is told for what the HTTP capability threw. */
export function classify(thrown) {
  if (thrown?.credential) {
    const error = new WireError("configuration-error", { unsent: true });
    error.message = thrown.message;
    error.credential = thrown.credential;
    return error;
  }
  const { code, syscall } = causeOf(thrown);
  if (code && CERTIFICATE.test(code)) {
    const error = new WireError("TLS-certificate-error", { unsent: true });
    error.certificate = code;
    return error;
  }
  const [wire, unsent] = CODES[code] ?? [];
  if (wire) return new WireError(wire, { unsent: unsent === true || unsent === syscall });
  if (thrown?.unsent === true) return new WireError("destination-unavailable", { unsent: true });
  return new WireError("connection-terminated");
}

/** The error that says by its code what happened. */
function causeOf(thrown) {
  for (let error = thrown, depth = 0; error && depth < 4; error = error.cause, depth++) {
    if (typeof error.code === "string" && error.code !== "UND_ERR_SOCKET") return error;
  }
  return {};
}
