// Runs n8n's scanner of community packages over the source and over the package that
// `npm pack` makes, as n8n does after publishing.

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyzePackage, SOURCE_FILE_PATTERNS } from "./node_modules/@n8n/scan-community-package/scanner/scanner.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { name, version } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
const folder = await mkdtemp(join(tmpdir(), "clio-n8n-scan-"));
try {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: here });
  execFileSync("tar", ["-xzf", `${name}-${version}.tgz`], { cwd: folder });
  const scans = { source: [here, SOURCE_FILE_PATTERNS], package: [join(folder, "package"), ["**/*.js", "package.json"]] };
  for (const [what, args] of Object.entries(scans)) {
    const result = await analyzePackage(...args);
    console.log(`scan of the ${what}: ${result.passed ? "passed" : "FAILED"}`);
    if (!result.passed) {
      console.log(result.message, result.details ?? "");
      process.exitCode = 1;
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
