// The account that a node's credential leads to.

import { sleep } from 'n8n-workflow';

import { Clio } from './actions';
import type { Caller } from './http';
import { CREDENTIAL, httpOf } from './http';

/** Calls `late` after a time: the runtime's own, which keeps nothing alive. */
function timer(milliseconds: number, late: () => void): () => void {
	const over = AbortSignal.timeout(Math.ceil(Math.min(milliseconds, 2 ** 31 - 1)));
	over.addEventListener('abort', late, { once: true });
	return () => over.removeEventListener('abort', late);
}

export async function clioOf(node: Caller, contentOrigins: string[] = []): Promise<Clio> {
	const { region, origin } = await node.getCredentials<{ region: string; origin?: string }>(CREDENTIAL);
	return new Clio({
		origin: region === 'sandbox' ? (origin ?? '') : region,
		http: httpOf(node),
		policy: { contentOrigins },
		// The workflow says who approved a draft: this is its word, and no proof.
		reviews: { approval: ({ given }) => given },
		sleep,
		timer,
	});
}
