// HTTP for the actions, sent by n8n. The credential is n8n's: it attaches the token
// on the way out, to what goes to the account, and to nothing else.
//
// What must stay true: no error of n8n's goes on from here, because such a one
// carries the request that failed, with its token.

import type {
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import type { Http, HttpRequest, HttpResponse } from './actions';

/** A node, as whatever n8n calls it for. */
export type Caller = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions | IPollFunctions | IWebhookFunctions;

export const CREDENTIAL = 'clioOAuth2Api';

/** The most bytes of a file of an item: n8n holds it in memory. */
export const MOST = 64 * 1024 * 1024;

/** The most bytes of one request: what is larger goes to storage in parts, from 100 MB on. */
const REQUEST = 100 * 1024 * 1024;

interface Answer {
	statusCode: number;
	headers: Record<string, string | string[] | undefined>;
	body: unknown;
}

/** What is known of a failure without its text, which may hold anything. */
class Unanswered extends Error {
	constructor(
		readonly code: string | undefined,
		readonly httpCode: string | undefined,
	) {
		super('n8n got no answer');
	}
}

function unanswered(error: unknown): Unanswered {
	let code: string | undefined;
	let at = error as { code?: unknown; cause?: unknown; httpCode?: unknown } | undefined;
	const { httpCode } = at ?? {};
	for (let depth = 0; at && depth < 4; depth++, at = at.cause as typeof at) {
		if (typeof at.code === 'string') code ??= at.code;
	}
	return new Unanswered(code, typeof httpCode === 'string' ? httpCode : undefined);
}

/** The body of a request as bytes. */
async function whole({ body, length }: HttpRequest): Promise<Buffer | undefined> {
	if (body === undefined) return undefined;
	if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
	if (length > REQUEST) return await Promise.reject(Object.assign(new Error('too large'), { unsent: true }));
	const bytes = Buffer.alloc(length);
	let at = 0;
	for await (const piece of body) {
		bytes.set(piece, at);
		at += piece.length;
	}
	return bytes;
}

export function httpOf(node: Caller): Http {
	const anybody = async (options: IHttpRequestOptions): Promise<Answer> =>
		await node.helpers.httpRequest(options).catch(async (error) => await Promise.reject(unanswered(error)));
	const authorized = async (options: IHttpRequestOptions): Promise<Answer> =>
		await node.helpers.httpRequestWithAuthentication
			.call(node, CREDENTIAL, { ...options })
			.catch(async (error) => await Promise.reject(unanswered(error)));

	/**
	 * n8n renews a token only where a request failed loudly with 401, and then sends
	 * it again: so a 401 is asked for once more, loudly. Clio did nothing before.
	 */
	async function toAccount(options: IHttpRequestOptions): Promise<Answer> {
		const quiet = { ...options, ignoreHttpStatusErrors: true };
		const answer = await authorized(quiet);
		if (answer.statusCode !== 401) return answer;
		const second = await authorized(options).catch((error: Unanswered) => error);
		if (!(second instanceof Unanswered)) return second;
		// Sent again or not, it may have been written: its outcome is not known.
		if (second.httpCode === undefined || second.httpCode >= '500') {
			return await Promise.reject(second);
		}
		// Refused, or not renewed, or a redirect, which is loud too: nothing was done.
		return await authorized(quiet);
	}

	return async (request: HttpRequest): Promise<HttpResponse> => {
		const options: IHttpRequestOptions = {
			method: request.method as IHttpRequestMethods,
			url: request.url,
			headers: Object.fromEntries(request.headers),
			body: await whole(request),
			// Storage hands out documents of any size: piece by piece.
			encoding: request.account ? 'arraybuffer' : 'stream',
			json: false,
			returnFullResponse: true,
			disableFollowRedirect: true,
			timeout: request.timeouts.firstByte,
			abortSignal: request.signal,
		};
		const answer = request.account
			? await toAccount(options)
			: await anybody({ ...options, ignoreHttpStatusErrors: true });
		const headers: Array<[string, string]> = [];
		for (const [name, value] of Object.entries(answer.headers)) {
			for (const one of [value].flat()) if (one !== undefined) headers.push([name, one]);
		}
		return { status: answer.statusCode, headers, body: bodyOf(answer.body) };
	};
}

function bodyOf(body: unknown): HttpResponse['body'] {
	if (body instanceof ArrayBuffer) return new Uint8Array(body);
	return body as Uint8Array | AsyncIterable<Uint8Array>;
}
