// The token of an account: the one that was given, or one that a refresh token gets.
//
// What must stay true: no token stands in a message, an error or a log.

/** So long before its end a token is taken for ended, in milliseconds. */
const EARLY = 60_000;
/** How long Clio may take to hand a token out, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Gives the function that `bearer` asks for a token. `warn` is told what a person
 * has to do; `rotated` is given a refresh token that takes the place of the old one.
 */
exports.tokenOf = ({ origin, credentials, warn, rotated }) => {
  const { access_token, client_id, client_secret } = credentials;
  let refresh_token = credentials.refresh_token;
  if (!refresh_token) return () => access_token;

  let token, until = 0, renewing;
  async function renew() {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id, client_secret, refresh_token });
    const answer = await fetch(new URL("/oauth/token", origin), {
      method: "POST", body: form, redirect: "manual", signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 400 || answer.status === 401) {
      warn(`Clio does not take the refresh token (HTTP ${answer.status}); connect the account again and enter the new one`);
      return undefined;
    }
    if (!answer.ok) throw new Error("Clio hands out no token for now");
    const told = await answer.json();
    if (told.refresh_token && told.refresh_token !== refresh_token) {
      refresh_token = told.refresh_token;
      rotated(refresh_token);
    }
    token = told.access_token;
    until = Date.now() + (told.expires_in ?? Infinity) * 1000 - EARLY;
    return token;
  }
  return (refused) => {
    if (token !== undefined && refused !== token && Date.now() < until) return token;
    // Calls side by side share one.
    renewing ??= renew().finally(() => { renewing = undefined; });
    return renewing;
  };
};
