export class Clio {
  constructor(options: {
    /** `https://app.clio.com`, or another region's, or the sandbox's. */
    origin: string;
    /** Take an origin that is none of Clio's: the token goes there. */
    allowOrigin?: boolean;
    http: Http;
    policy?: Policy;
    limits?: Limits;
    /** How an action waits. `worker` alone ends one that never does. */
    engine?: "asyncify" | "worker" | "jspi";
    /** Of the engine `worker`: how many calls run at once. */
    workers?: number;
    onRequest?: (request: RequestLog) => void;
    /** Who knows what a person approved. Without it no draft is uploaded. */
    reviews?: Reviews;
  });
  /** The descriptions of the actions. */
  static readonly actions: ReadonlyArray<{ name: string; summary: string }>;
  /** Calls `action` or `action.function` with JSON. */
  call(name: string, input: unknown, options?: CallOptions): Promise<unknown>;
  /** Reads as a call does, and sends nothing that writes. */
  dryRun(name: string, input: unknown, options?: CallOptions): Promise<DryRun>;
  /**
   * Has `drafter` write a document in place of `fill-document.fill`: of what
   * `fill-document.gather` gives, a text or a DOCX of at most 10 MiB. It is a draft like
   * one that was filled, and `reviews` remember it first.
   */
  draft(input: FillDocument.GatherInput, drafter: Drafter, options?: CallOptions): Promise<FillDocument.FillOutput>;
  /** Lets go of worker threads and connections. */
  close(): void;
}

/** `token` is called for each request, and after a 401 with the token that was refused. */
export function bearer(token: (refused?: string) => string | undefined | Promise<string | undefined>, http?: Http): Http;

/** HTTP over `node:http` and `node:https`. `ca`: trusted in place of Node.js's own. */
export function nodeHttp(options?: { maxSockets?: number; ca?: string | Uint8Array }): Http & { close(): void };

export const documents: Documents & {
  /** A file; its length, media type and SHA-256 are filled in, and its bytes are streamed. */
  local(file: string, options?: { mediaType?: string }): Promise<LocalContent>;
};
