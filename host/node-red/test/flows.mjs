// The flows that the tests deploy: a case in three steps, one call by name, and the
// new documents; each function node notes what messages it saw.

const NOTE = `const { req, res, ...rest } = msg;
const seen = global.get("seen", "memory") ?? [];
seen.push(global.get("inspect")(rest, { depth: 12, showHidden: true, maxStringLength: null }));
global.set("seen", seen, "memory");
`;
const TAB = "tab";
const wired = (id, type, wires, more = {}) => ({ id, type, z: TAB, wires: wires.map((to) => [to].flat()), ...more });
const step = (id, to, code) => wired(id, "function", [to], { func: `${NOTE}${code}\nreturn msg;`, outputs: 1 });
const action = (id, fn, to, more = {}) => wired(id, "clio-action", [to], { account: "account", function: fn, ...more });
const listen = (id, method, url, to) => wired(id, "http in", [to], { method, url });

export const flows = ({ origin, credentials, interval = 1 }) => [
  { id: TAB, type: "tab", label: "Clio" },
  { id: "account", type: "clio-account", name: "", origin, credentials },

  listen("case", "post", "/case", "client-of"),
  step("client-of", "client", "msg.given = msg.payload; msg.payload = msg.given.client;"),
  action("client", "sync-contact.sync", "matter-of"),
  step("matter-of", "matter", "msg.client = msg.payload; msg.payload = { ...msg.given.matter, client: msg.client.id };"),
  action("matter", "create-matter.create", "document-of"),
  step("document-of", "document", `msg.matter = msg.payload;
    msg.payload = { ...msg.given.document, parent: { matter: msg.matter.id }, content: Buffer.from(msg.given.text) };`),
  action("document", "upload-document.upload", "read-of"),
  step("read-of", "read", "msg.document = msg.payload; msg.payload = { of: { document: msg.document.id }, content: \"url\" };"),
  action("read", "read-document.read", "told", { bytes: true }),
  step("told", "answer", `const { client, matter, document } = msg;
    msg.payload = { client, matter, document, content: msg.content.toString() };`),
  wired("answer", "http response", []),

  wired("caught", "catch", ["refused"], { scope: ["client", "matter", "document", "read", "new"], uncaught: false }),
  step("refused", "answer", "if (!msg.res) return null; msg.statusCode = 422; msg.payload = { error: msg.error, clioError: msg.clioError, payload: msg.payload };"),

  wired("new", "clio-new-documents", ["note-new"], { account: "account", scope: "account", scopeId: "", interval, start: "beginning", store: "" }),
  step("note-new", [], "const found = flow.get(\"new\") ?? []; found.push(msg.payload.id); flow.set(\"new\", found);"),
  // A catch node that sends a message again, as a flow with a delay does.
  listen("again", "post", "/again", "note-again"),
  step("note-again", "sync-again", ""),
  action("sync-again", "sync-contact.sync", "told-again"),
  wired("caught-again", "catch", ["mend-again"], { scope: ["sync-again"], uncaught: false }),
  step("mend-again", "sync-again", "if (msg.clioError.error.transient === undefined || msg.tries) return null; msg.tries = 1;"),
  step("told-again", "answer", "msg.payload = { ...msg.payload, tries: msg.tries, clioError: msg.clioError };"),

  listen("get-new", "get", "/new", "give-new"),
  step("give-new", "answer", "msg.payload = flow.get(\"new\") ?? [];"),
  listen("get-seen", "get", "/seen", "give-seen"),
  step("give-seen", "answer", "msg.payload = global.get(\"seen\", \"memory\") ?? [];"),
];
