// A small n8n: what a node is given of it, over real HTTP, as n8n 2.8 does it.
//
// HTTP is axios with n8n's own conversion of a request (`convertN8nRequestToAxios`),
// and a credential is renewed as `requestOAuth2` does: after a request that failed
// loudly with 401.

import { createRequire } from "node:module";
import axios from "axios";

const require = createRequire(import.meta.url);
const { NodeApiError, NodeHelpers } = require("n8n-workflow");
const node = (name) => require(`../../dist/nodes/${name}/${name}.node.js`)[name];
export const Clio = node("Clio");
export const ClioDocumentTrigger = node("ClioDocumentTrigger");
export const ClioWebhookTrigger = node("ClioWebhookTrigger");

const CREDENTIAL = "clioOAuth2Api";

/** What n8n keeps of a credential. `client` and `refresh` are needed to renew it. */
export function credential(world, { token = world.token, refresh, client } = {}) {
  return { id: "credential-1", data: { region: "sandbox", origin: world.origin }, token, refresh, client, renewed: 0 };
}

export async function httpRequest(options) {
  const { headers, method, timeout, url, body, encoding, abortSignal, disableFollowRedirect, ignoreHttpStatusErrors } = options;
  const asked = {
    headers: { "User-Agent": "n8n", ...headers }, method, timeout, url, responseType: encoding, signal: abortSignal,
    maxBodyLength: Infinity, maxContentLength: Infinity, ...(disableFollowRedirect && { maxRedirects: 0 }),
    ...(ignoreHttpStatusErrors && { validateStatus: () => true }), ...(body?.length > 0 && method !== "GET" && { data: body }),
  };
  const answer = await axios(asked);
  return options.returnFullResponse ? { body: answer.data, headers: answer.headers, statusCode: answer.status } : answer.data;
}

async function renew(given) {
  const { client, refresh } = given;
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refresh ?? "", client_id: client?.id ?? "", client_secret: client?.secret ?? "" });
  const { data } = await axios.post(`${given.data.origin}/oauth/token`, form);
  given.token = data.access_token;
  given.renewed++;
}

function helpersOf(world) {
  const sent = world.sent = [];
  return {
    httpRequest: (options) => world.send(options),
    async httpRequestWithAuthentication(type, options) {
      if (type !== CREDENTIAL || !this?.getNode) throw new Error("called without the node, or for another credential");
      const given = world.credential;
      const signed = () => ({ ...options, headers: { ...options.headers, Authorization: `Bearer ${given.token}` } });
      sent.push(`${options.ignoreHttpStatusErrors ? "quiet" : "loud"} ${options.method}`);
      try {
        return await httpRequest(signed()).catch(async (error) => {
          if (error.response?.status !== 401) throw error;
          await renew(given);
          return httpRequest(signed());
        });
      } catch (error) {
        throw new NodeApiError(this.getNode(), error);
      }
    },
    assertBinaryData(item, field) {
      const found = world.items[item].binary?.[field];
      if (!found) throw new Error(`there is no file in ${field}`);
      return found;
    },
    async getBinaryDataBuffer(item, field) { return Buffer.from(world.items[item].binary[field].data, "base64"); },
    async prepareBinaryData(bytes, fileName, mimeType) {
      return { data: Buffer.from(bytes).toString("base64"), fileName, mimeType };
    },
  };
}

/** Parameters as n8n has them when a node runs: with the defaults of what is shown. */
function filled(type, given) {
  const described = { ...type.description, properties: type.description.properties };
  const own = { name: "Clio", type: "clio", typeVersion: 1, position: [0, 0], parameters: given };
  return NodeHelpers.getNodeParameters(described.properties, given, true, false, own, described) ?? given;
}

const at = (value, path) => path.split(".").reduce((it, name) => it?.[name], value);
const evaluated = (value, json) => {
  if (typeof value === "function") return value(json);
  if (Array.isArray(value)) return value.map((it) => evaluated(it, json));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, evaluated(it, json)]));
};

/**
 * A node of a workflow. `parameters` may hold functions of an item's JSON, in the
 * place of expressions; `execution` holds what n8n keeps of an execution.
 */
export function workflow(type, world, parameters, { items = [{ json: {} }], execution = { id: "17", context: {} }, mode = "trigger", goOn = false, statics = {}, url, send = httpRequest } = {}) {
  const state = { items, credential: world.credential ?? credential(world), send };
  world.credential = state.credential;
  state.helpers = helpersOf(state);
  const known = { id: "6f0e0b1e-node", name: "Clio", type: "clio", typeVersion: 1, position: [0, 0], parameters, credentials: { [CREDENTIAL]: { id: state.credential.id, name: "Clio" } } };
  const shown = typeof parameters === "object" ? filled(type, parameters) : {};
  const value = (name, item, fallback) => {
    const found = evaluated(at(shown, name), items[item]?.json ?? {});
    if (found !== undefined) return found;
    if (fallback === undefined) throw new Error(`Could not get parameter ${name}`);
    return fallback;
  };
  const context = {
    getNode: () => known,
    getMode: () => mode,
    getWorkflow: () => ({ id: "workflow-1", name: "Test", active: true }),
    getTimezone: () => "America/New_York",
    getExecutionId: () => execution.id,
    getContext: (kind) => (execution.context[kind] ??= {}),
    getExecutionCancelSignal: () => undefined,
    getWorkflowDataProxy: () => ({ $runIndex: execution.run ?? 0 }),
    getWorkflowStaticData: () => statics,
    getInputData: () => items,
    getCredentials: async () => ({ ...state.credential.data }),
    getNodeWebhookUrl: () => url,
    getCurrentNodeParameter: (name) => at(shown, name),
    continueOnFail: () => goOn,
    logger: { warn: (...said) => (state.warned ??= []).push(said) },
    helpers: state.helpers,
  };
  // A trigger's parameters have no item.
  context.getNodeParameter = type.description.group.includes("trigger") ? (name, fallback) => value(name, 0, fallback) : value;
  return { context, statics, sent: state.sent, execution, credential: state.credential };
}

/** Executes the node `Clio`: its items. */
export async function execute(world, parameters, more) {
  const type = new Clio();
  const { context, ...rest } = workflow(type, world, parameters, more);
  const [items] = await type.execute.call(context);
  return Object.assign(items, rest);
}

/** The parameters of an operation, by fields. */
export const operation = (name, fields = {}) => {
  const { options } = new Clio().description.properties[0];
  const resource = options.map(({ value }) => value).find((it) => new Clio().description.properties.some((property) =>
    property.name === "operation" && property.displayOptions.show.resource.includes(it) && property.options.some((one) => one.value === name)));
  return { resource, operation: name, ...fields };
};

export const byId = (value) => ({ __rl: true, mode: "id", value });
export const file = (bytes, fileName = "letter.txt", mimeType = "text/plain") => ({ data: { data: Buffer.from(bytes).toString("base64"), fileName, mimeType } });
