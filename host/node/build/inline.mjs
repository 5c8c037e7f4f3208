// Makes the one file of `./inline`: the source, bundled, with the modules in it.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** `modules`: the names of the actions, each with the bytes of its module. */
export async function bundled(entry, out, { actions, version, modules }) {
  const compressed = Object.fromEntries(modules.map(([name, bytes]) => [name, gzipSync(bytes, { level: 9 }).toString("base64")]));
  const table = Object.entries({ actions, version, compressed }).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join("\n");
  await build({
    entryPoints: [entry], outfile: out, bundle: true, format: "esm", platform: "neutral", target: "es2022", charset: "utf8",
    plugins: [{
      name: "built",
      setup(it) {
        it.onResolve({ filter: /^clio-actions:built$/ }, ({ path }) => ({ path, namespace: "built" }));
        it.onLoad({ filter: /.*/, namespace: "built" }, () => ({ contents: table, loader: "js" }));
      },
    }],
  });
}
