export class Clio {
  constructor(options: {
    origin: string;
    allowOrigin?: boolean;
    http: Http;
    /** Waits for so many milliseconds. */
    sleep(milliseconds: number): Promise<unknown>;
    /** Calls `late` after so many milliseconds, and gives what takes that back. Without it only `http` keeps times. */
    timer?(milliseconds: number, late: () => void): () => void;
    policy?: Policy;
    limits?: Limits;
    engine?: "asyncify";
    onRequest?: (request: RequestLog) => void;
    /** Who knows what a person approved. Without it no draft is uploaded. */
    reviews?: Reviews;
  });
  static readonly actions: ReadonlyArray<{ name: string; summary: string }>;
  call(name: string, input: unknown, options?: CallOptions): Promise<unknown>;
  /** Reads as a call does, and sends nothing that writes. */
  dryRun(name: string, input: unknown, options?: CallOptions): Promise<DryRun>;
  /**
   * Has `drafter` write a document in place of `fill-document.fill`: of what
   * `fill-document.gather` gives, a text or a DOCX of at most 10 MiB. It is a draft like
   * one that was filled, and `reviews` remember it first.
   */
  draft(input: FillDocument.GatherInput, drafter: Drafter, options?: CallOptions): Promise<FillDocument.FillOutput>;
  close(): void;
}

export function bearer(token: (refused?: string) => string | undefined | Promise<string | undefined>, http: Http): Http;

export const documents: Documents;
