import type { Http } from "../dist/inline.d.ts";

/** HTTP over `node:http` and `node:https`, for `./inline` in Node.js. `ca`: trusted in place of Node.js's own. */
export function nodeHttp(options?: { maxSockets?: number; ca?: string | Uint8Array }): Http & { close(): void };
