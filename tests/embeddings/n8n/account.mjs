// The sandbox as an account that somebody connected: an application with its consent.

import { createInterface } from "node:readline";
import { spawn } from "node:child_process";

const BACK = "http://127.0.0.1/rest/oauth2-credential/callback";

export async function account(file) {
  const child = spawn(file, ["sandbox"], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill());
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  const { origin } = JSON.parse(line);
  const control = async (method, path, body) => {
    const answer = await fetch(`${origin}/sandbox${path}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
    if (!answer.ok) throw new Error(`${method} /sandbox${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const form = async (path, fields) => fetch(`${origin}/oauth${path}`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

  const app = { client_id: "n8n", client_secret: "the-secret-of-the-application", redirect_uris: [BACK] };
  await control("POST", "/apps", app);
  const asked = await form("/authorize", { client_id: app.client_id, redirect_uri: BACK, response_type: "code", decision: "approve" });
  const code = new URL(asked.headers.get("location")).searchParams.get("code");
  const { client_id, client_secret } = app;
  const tokens = await (await form("/token", { grant_type: "authorization_code", code, redirect_uri: BACK, client_id, client_secret })).json();

  return {
    origin, app, tokens,
    snapshot: () => control("GET", "/snapshot"),
    trace: () => control("GET", "/trace"),
    add: (path, record) => control("POST", path, record),
    revoke: (token) => control("POST", "/tokens/revoke", { token }),
    fault: (effect, where) => control("POST", "/faults", { effect, ...where }),
    clearFaults: () => control("DELETE", "/faults"),
    /** What a person does whom an authorization page asks: where that leads back to. */
    async approve(page) {
      const fields = Object.fromEntries(new URL(page).searchParams);
      await control("POST", "/apps", { ...app, redirect_uris: [BACK, fields.redirect_uri] });
      return (await form("/authorize", { ...fields, decision: "approve" })).headers.get("location");
    },
    /** The subscriptions of the application. */
    async webhooks() {
      const { token } = await control("POST", "/tokens", { app: app.client_id });
      const answer = await fetch(`${origin}/api/v4/webhooks.json?fields=id,url,status,shared_secret`, { headers: { authorization: `Bearer ${token}` } });
      return (await answer.json()).data;
    },
    end: () => child.kill(),
  };
}
