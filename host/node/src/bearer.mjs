// The credential: a bearer token on what goes to the account, and on nothing else.

/** Why there is no token: `not_connected`, or `unavailable` for now. */
class CredentialError extends Error {
  constructor(message, credential) {
    super(message);
    this.credential = credential;
  }
}

/**
 * Attaches a bearer token to requests for the account. `token` gives it, or a
 * promise of it, and is called for each request; after a 401 with the token that
 * was refused, once: where it gives another one, the request is sent again.
 */
export function bearer(token, http) {
  if (typeof token !== "function") throw new TypeError("bearer takes a function that gives the token, such as `bearer(() => token)`");
  const ask = async (refused) => {
    let value;
    try {
      value = await token(refused);
    } catch {
      // Its text may hold anything, a token among others.
      throw new CredentialError("the token could not be had; the function that gives it failed", "unavailable");
    }
    if (refused !== undefined && value === undefined) return undefined;
    if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
      throw new CredentialError("the token is no text of plain characters", "not_connected");
    }
    return value;
  };
  const send = (request, value) => http({ ...request, headers: [...request.headers, ["authorization", `Bearer ${value}`]] });
  const authorized = async (request) => {
    if (!request.account) return http(request);
    const first = await ask();
    const answer = await send(request, first);
    if (answer.status !== 401) return answer;
    const second = await ask(first).catch(() => undefined);
    if (second === undefined || second === first) return answer;
    await drop(answer.body);
    return send(request, second);
  };
  authorized.close = () => http.close?.();
  return authorized;
}

/** Lets go of an answer that nobody reads. */
async function drop(body) {
  if (typeof body?.destroy === "function") body.destroy();
  else await body?.cancel?.();
}
