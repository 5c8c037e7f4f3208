// Brings one case into Clio from Node.js: a contact, a matter, a document. Then
// looks at what stands there.
//
//   node case.mjs FOLDER [outside|inside|nowhere]
//
// FOLDER holds the portable builds. `CLIO_ORIGIN` and `CLIO_ACCESS_TOKEN` name
// the account. The second argument says where the token goes: into the HTTP
// capability outside of the components (the default), into their environment,
// or nowhere, to see that they have none of their own.
//
// The outcome is printed as JSON. Every call may be repeated: run again, this
// links what it made.

import { join } from "node:path";

import { authorizing, embed } from "./embed.mjs";

const [folder, where = "outside"] = process.argv.slice(2);
const { CLIO_ORIGIN: origin, CLIO_ACCESS_TOKEN: token } = process.env;
if (!folder || !origin || !token || !["outside", "inside", "nowhere"].includes(where)) {
  console.error("usage: CLIO_ORIGIN=… CLIO_ACCESS_TOKEN=… node case.mjs FOLDER [outside|inside|nowhere]");
  process.exit(64);
}

/** Instantiates one action of the folder. */
function action(name) {
  const env = { CLIO_ORIGIN: origin };
  if (where === "inside") {
    env.CLIO_ACCESS_TOKEN = token;
  }
  const file = join(folder, `${name}.wasm`);
  return embed(file, env, where === "outside" ? authorizing(origin, token) : undefined);
}

async function syncCase() {
  const { syncContact } = await action("sync-contact");
  const contact = syncContact.sync({
    sourceId: "node:case-17/client",
    contact: { tag: "person", val: { firstName: "Ann", lastName: "Lee" } },
    emails: [{ address: "ann.lee@example.com", label: "home" }],
    phones: [],
    addresses: [],
    knownOthers: [],
  });

  const { createMatter } = await action("create-matter");
  const matter = createMatter.create({
    sourceId: "node:case-17",
    client: contact.id,
    title: "Lease review",
    otherClients: [],
  });

  const { uploadDocument } = await action("upload-document");
  const document = uploadDocument.upload({
    sourceId: "node:case-17/note",
    parent: { tag: "matter", val: matter.id },
    name: "note.txt",
    content: {
      source: { tag: "inline", val: new TextEncoder().encode("The lease ends in May.\n") },
      mediaType: "text/plain",
    },
    provenance: { tag: "from-person" },
  });

  const { findDocuments } = await action("find-documents");
  const states = findDocuments.find({
    scope: { tag: "matter", val: matter.id },
    sourceIds: ["node:case-17/note", "node:case-17/other"],
  });
  return { contact, matter, document, states };
}

/** Prints a value as JSON. Ids are 64-bit integers, which jco gives as BigInt. */
function print(value) {
  console.log(JSON.stringify(value, (_, it) => (typeof it === "bigint" ? Number(it) : it)));
}

try {
  print(await syncCase());
} catch (error) {
  // An action's own error is plain data with a tag. Anything else is a fault.
  const failure = error?.payload ?? error;
  if (typeof failure?.tag !== "string") {
    throw error;
  }
  print({ error: failure });
  process.exitCode = 1;
}
