// Makes `dist/` and what of the source is made of the actions' descriptions. It takes
// the actions from `clio-actions`, which is `../node` and built before: see its README.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { operations } from "./build/operations.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { n8n } = JSON.parse(await readFile(here("package.json"), "utf8"));
const actions = JSON.parse(await readFile(here("node_modules/clio-actions/dist/actions.json"), "utf8"));

const made = operations(actions);
const typescript = (value) => JSON.stringify(value, null, "\t").replace(/^(\t*)"([A-Za-z_][A-Za-z0-9_]*)":/gm, "$1$2:").replace(/'/g, "’").replace(/"((?:[^"\\]|\\.)*)"/g, (_, text) => `'${text.replaceAll('\\"', '"')}'`);
await mkdir(here("nodes/shared/generated"), { recursive: true });
const generated = (name, text) => writeFile(here(`nodes/shared/generated/${name}.ts`), `// Made by the build out of the actions' descriptions: see build/operations.mjs.\n\n${text}`);
await generated("operations", `import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../input';
import type { Search } from '../search';

export const properties: INodeProperties[] = ${typescript(made.properties)};

export const operations: Record<string, Operation> = ${typescript(made.shapes)};

export const searches: Record<string, Search> = ${typescript(made.searches)};
`);
await generated("triggers", `import type { INodeProperties } from 'n8n-workflow';

import type { Shape } from '../input';

interface Fields {
	properties: INodeProperties[];
	shape: Shape;
}

export const documents: Fields = ${typescript(made.triggers.documents)};

export const webhooks: Fields = ${typescript(made.triggers.webhooks)};
`);

const source = (file) => file.replace(/^dist\//, "").replace(/\.js$/, ".ts");
const options = { bundle: true, platform: "node", format: "cjs", target: "node20", charset: "utf8", legalComments: "none", logLevel: "warning" };
await rm(here("dist"), { recursive: true, force: true });
// The actions are one file of 2 MB, which the nodes share.
await build({ ...options, entryPoints: [here("nodes/shared/actions.ts")], outfile: here("dist/nodes/shared/actions.js") });
await build({
  ...options, entryPoints: [...n8n.nodes, ...n8n.credentials].map((file) => here(source(file))), outdir: here("dist"), outbase: here("."),
  external: ["n8n-workflow"],
  plugins: [{
    name: "shared",
    setup: (it) => it.onResolve({ filter: /\/actions$/ }, ({ importer }) => (importer.includes("/nodes/") ? { path: "../shared/actions", external: true } : undefined)),
  }],
});
// The actions keep their own licence.
await cp(here("../../LICENSE"), here("dist/nodes/shared/LICENSE"));
for (const file of n8n.nodes) await cp(here(source(file).replace(/\.ts$/, ".json")), here(file.replace(/\.js$/, ".json")));
for (const icon of ["clio.svg", "clio.dark.svg"]) await cp(here(`nodes/Clio/${icon}`), here(`dist/nodes/Clio/${icon}`));
