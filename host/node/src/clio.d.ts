/** A whole number; beyond 2^53 - 1 its digits as a string. */
export type Integer = number | string;

/** What a machine made: bytes by their SHA-256, or a document in Clio by its id. */
export type Made = { bytes: string } | { document: string };

/** A draft that is about to be uploaded. */
export interface DraftUpload {
  /** The account's origin. */
  account: string;
  /** Where the document is to stand, such as `{ matter: 17 }`. */
  parent: unknown;
  /** The caller's identifier for it. */
  sourceId: string;
  /** The SHA-256 of its bytes. */
  sha256: string;
  /** The approval that the caller of the action gave, which proves nothing. */
  given: Approval;
  dryRun: boolean;
}

export interface Approval { approver: string; at: string; sha256: string }

/**
 * Who knows what a machine made and what a person approved of it. Without it no draft
 * is uploaded, and every other document is taken for a person's.
 */
export interface Reviews {
  /** A person's approval of these bytes for this place and source id; undefined: there is none. */
  approval(draft: DraftUpload): Approval | undefined | Promise<Approval | undefined>;
  isMachineMade?(account: string, made: Made): boolean | Promise<boolean>;
  /** Remembers that an action made it. Where it fails, the result is not told. */
  remember?(account: string, made: Made, by: string): void | Promise<void>;
  /** Remembers that an approved draft stands in Clio. */
  uploaded?(draft: DraftUpload, document: string): void | Promise<void>;
}

/** Writes a document of one matter's values and the template's text. */
export type Drafter = (
  gathered: FillDocument.GatherOutput, options: { signal?: AbortSignal },
) => string | Uint8Array | Promise<string | Uint8Array>;

/** A request on its way out. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: Array<[name: string, value: string]>;
  /** Bytes, or a document that streams; its length is in `length`. */
  body?: Uint8Array | AsyncIterable<Uint8Array>;
  length: number;
  /** Whether it goes to the account: then, and only then, it gets the credential. */
  account: boolean;
  /** How far it may lead: to public addresses, or to this machine alone. */
  reach: "world" | "this_machine";
  signal: AbortSignal;
  /** In milliseconds. */
  timeouts: { connect: number; firstByte: number; betweenBytes: number };
}

export interface HttpResponse {
  status: number;
  headers: Iterable<[name: string, value: string]>;
  body?: Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
}

/**
 * Sends a request once, as it stands: no redirect is followed, nothing is added
 * or decoded. Where it fails before a byte was written, the error has `unsent:
 * true`, and the request is sent again.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** What is allowed beside what an action's description lists: it only narrows. */
export interface Policy {
  /** The API requests that are allowed, such as `GET /api/v4/contacts/{id}.json`. */
  allow?: string[];
  /** The origins that content may be fetched from, such as `https://files.example.com`. */
  contentOrigins?: string[];
}

/** What one call may use at most. Times are in milliseconds. */
export interface Limits {
  handles?: number;
  headerBytes?: number;
  /** Computing; kept by the engine `worker` alone. */
  cpu?: number;
  deadline?: number;
  wait?: number;
  requests?: number;
  requestBytes?: number;
  responseBytes?: number;
}

/** An exchange that is over, for a log: no query, no header, no body. */
export interface RequestLog {
  /** Such as `GET https://app.clio.com/api/v4/contacts/{id}.json`. */
  request: string;
  route: "account" | "granted" | "content";
  status?: number;
  /** The name of an error code of `wasi:http`, where there was no answer. */
  error?: string;
  retries: number;
  milliseconds: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds until the call is ended. */
  deadline?: number;
  limits?: Limits;
  onRequest?: (request: RequestLog) => void;
  /**
   * Takes the content that the result names by URL, as that of a large document that
   * is read, piece by piece. Where it does not arrive whole the call fails, and what
   * was taken is to be dropped.
   */
  contentInto?: (piece: Uint8Array) => void | Promise<void>;
  /** The caller's own id for the call, without client data; one is made otherwise. */
  correlationId?: string;
}

/** What a dry run came to: the write that would have been sent first, or the result. */
export interface DryRun {
  dry_run: true;
  would_send: Array<{ method: string; url: string; body?: unknown }>;
  result?: unknown;
}

export type ProblemCode =
  | "invalid_input" | "not_connected" | "forbidden" | "not_found" | "ambiguous" | "conflict" | "removed"
  | "rejected_by_clio" | "review_required" | "denied_by_policy" | "rate_limited" | "unavailable"
  | "upload_incomplete" | "unexpected_answer";

export interface Problem {
  code: ProblemCode;
  message: string;
  field?: string;
  status?: number;
  clio_type?: string;
  retry_after_ms?: Integer;
  candidates: Integer[];
}

/** Why an action did not run to its end. `cancelled`: by the caller's signal. */
export type FailureCause = "trap" | "deadline" | "cancelled" | "memory" | "cpu" | "instantiation" | "internal" | `limit:${string}`;

/** A call that failed. As JSON it is what every host of the actions prints. */
export class CallError extends Error {
  error:
    | { permanent: Problem }
    | { transient: Problem }
    | { execution_failed: { cause: FailureCause; message: string } };
  correlation_id?: string;
  /** The requests that were denied, each with the rule that would allow it. */
  denied?: Array<{ request: string; rule: string }>;
  readonly problem?: Problem;
  /** A problem's code, or `execution_failed:` and the cause. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly transient: boolean;
  toJSON(): { error: CallError["error"]; correlation_id?: string; denied?: CallError["denied"] };
}

/** A document's content that the action reads piece by piece. */
export interface LocalContent {
  readonly length: number;
  readonly mediaType?: string;
  readonly sha256?: string;
}

interface Documents {
  /** Bytes in memory, whatever their number. */
  bytes(bytes: Uint8Array, options?: { mediaType?: string; sha256?: string }): LocalContent;
  /** Bytes from elsewhere: `open(from, to)` gives those, each time anew. */
  stream(content: {
    length: number; mediaType?: string; sha256?: string;
    open(from: number, to: number): AsyncIterable<Uint8Array>;
  }): LocalContent;
}

/** HTTP over `fetch`: bodies up to 32 MiB, and no look at the address that is dialled. */
export function fetchHttp(fetch: typeof globalThis.fetch): Http;
