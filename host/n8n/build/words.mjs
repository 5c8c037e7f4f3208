// Names and texts as n8n wants them, out of the contract's.

/** Words that are no ordinary ones in a title. */
const WRITTEN = { id: "ID", ids: "IDs", url: "URL", sha256: "SHA-256", etag: "ETag", of: "Of", at: "At" };

/** `practice_area` as `Practice Area`. */
export function title(name) {
  const words = name.split(/[_-]/).filter((word) => word !== "");
  return words.map((word) => WRITTEN[word] ?? word[0].toUpperCase() + word.slice(1)).join(" ");
}

/** The documentation of a member: no mark-up, and no full stop after a single sentence. */
export function told(text) {
  const line = (text ?? "").split("\n\n")[0].replaceAll("`", "").replace(/\s+/g, " ").replace(/\bid(s?)\b/g, "ID$1").replace(/\burl\b/g, "URL")
    .replaceAll("<", "&lt;").replaceAll(">", "&gt;").trim();
  const sentences = line.split(/(?<=[.!?])\s+(?=[A-Z{])/);
  return sentences.length === 1 ? line.replace(/\.+$/, "") : line;
}

/** The first sentence alone. */
export const first = (text) => told((text ?? "").split(/(?<=[.:])\s/)[0].replace(/:$/, ""));

const same = (text) => text.toLowerCase().replace(/^(a|an|the) /, "");

/** A description as a member of a field, unless it says no more than the name. */
export function described(text, name) {
  const description = told(text);
  return /^$/.test(description) || same(description) === same(name) ? {} : { description };
}

const VERBS = new Set(["check", "create", "detect", "fill", "find", "generate", "inspect", "list", "pull", "read", "receive", "setup", "sync", "update", "upload"]);
const sentence = (...words) => words.join(" ").replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());
const singular = (noun) => noun.replace(/s$/, "");

/**
 * What an action acts on, and what it does there: `create-matter.resolve` is
 * `Create: Resolve` of a matter, `webhooks.list` is `List` of a webhook.
 */
export function placed({ name, functions }, fn) {
  const [verb, ...noun] = name.split("-");
  if (!VERBS.has(verb) || noun.length === 0) return { resource: singular(name), operation: title(fn), action: sentence(fn, singular(name)) };
  const alone = functions.length === 1 || fn === verb;
  return { resource: singular(noun.join("-")), ...(alone
    ? { operation: title(verb), action: sentence(verb, singular(noun.join("-"))) }
    : { operation: `${title(verb)}: ${title(fn)}`, action: sentence(verb, singular(noun.join("-")), fn) }) };
}
