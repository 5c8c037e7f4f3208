// One delivery of Clio: a handshake that is answered, or an event that starts the
// workflow, unless it is a repeat. What is genuine the action `receive-webhook` says.

import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { clioOf } from '../shared/account';
import { CallError } from '../shared/actions';
import type { Kept, Listed } from './subscription';
import { endsSoon, ensure, inputOf, keep, kept, list, secretOf } from './subscription';

interface Event extends IDataObject {
	told: string;
	digest: string;
}

type Received = { handshake: { answer: string } } | { event: Event };

/** Whoever knocks: Clio is asked for a secret at most so often. */
const ASK_EVERY = 60_000;
/** Renewal is tried at most so often. */
const RENEW_EVERY = 3_600_000;
/** Clio repeats for about half an hour; a digest is kept for a day, and so many. */
const REPEATED_FOR = 86_400_000;
const DIGESTS = 1000;

export async function received(node: IWebhookFunctions): Promise<IWebhookResponseData> {
	const answer = (status: number, headers: Record<string, string> = {}): IWebhookResponseData => {
		const response = node.getResponseObject();
		for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
		response.status(status).end();
		return { noWebhookResponse: true };
	};
	let delivered: Received;
	try {
		delivered = await read(node);
	} catch (error) {
		const code = error instanceof CallError ? error.code : '';
		if (code === 'forbidden') return answer(401);
		if (code === 'invalid_input') return answer(400);
		node.logger.warn('A delivery of Clio could not be read; Clio repeats it', { code });
		return answer(503);
	}
	if ('handshake' in delivered) return answer(200, { 'X-Hook-Secret': delivered.handshake.answer });
	const known = kept(node);
	// It was signed: the handshake is over.
	known.state = 'active';
	if (isRepeat(known, delivered.event.digest)) return answer(200);
	await renew(node, known);
	const json = { ...delivered.event, record: JSON.parse(delivered.event.told) as IDataObject };
	return { workflowData: [[{ json }]] };
}

async function read(node: IWebhookFunctions): Promise<Received> {
	const { headers: given, rawBody } = node.getRequestObject() as unknown as {
		headers: Record<string, string | string[] | undefined>;
		rawBody?: Uint8Array;
	};
	const headers = Object.entries(given).flatMap(([name, values]) =>
		[values ?? []].flat().map((value) => ({ name, value })),
	);
	const clio = await clioOf(node);
	const { model } = await inputOf(node);
	const body = new TextDecoder().decode(rawBody ?? new Uint8Array());
	const receive = async (subscriptions: unknown) =>
		(await clio.call('receive-webhook.receive', { headers, body, subscriptions })) as Received;
	const known = kept(node);
	const { id, state = 'pending' } = known;
	const secret = secretOf(node);
	const first = await receive([{ id, model, state, secret }]).catch((error: unknown) => error);
	if (!(first instanceof CallError)) return first as Received;
	// After a start the secret is not known, and it is another one where somebody else made the subscription anew.
	const asked = secret !== undefined && Date.now() - (known.asked ?? 0) < ASK_EVERY;
	if (first.code !== 'forbidden' || asked) return await Promise.reject(first);
	known.asked = Date.now();
	const found = await list(node);
	if (found.length === 0) return await Promise.reject(first);
	const outcome = await receive(found.map((it) => ({ id: it.id, model, state: stateOf(it), secret: it.secret })));
	keep(node, found.find((it) => it.id === id) ?? found[found.length - 1]);
	return outcome;
}

const stateOf = ({ status }: Listed) => (status === 'pending' ? 'pending' : 'active');

/** Whether it was delivered before; it is remembered. */
function isRepeat(known: Kept, digest: string): boolean {
	const since = Date.now() - REPEATED_FOR;
	const digests = (known.digests ?? []).filter(([, at]) => at > since);
	const repeated = digests.some(([it]) => it === digest);
	known.digests = repeated ? digests : [...digests, [digest, Date.now()] as [string, number]].slice(-DIGESTS);
	return repeated;
}

/** The event counts, whatever becomes of this. */
async function renew(node: IWebhookFunctions, known: Kept): Promise<void> {
	if (!(await endsSoon(node, known.expiresAt)) || Date.now() - (known.asked ?? 0) < RENEW_EVERY) return;
	known.asked = Date.now();
	try {
		await ensure(node);
	} catch (error) {
		const code = error instanceof CallError ? error.code : '';
		node.logger.warn('The webhook at Clio could not be renewed; it is tried again with a later delivery', { code });
	}
}
