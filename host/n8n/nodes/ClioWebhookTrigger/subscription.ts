// The subscription at Clio that delivers to a trigger, and what is kept of it in the
// workflow's static data. That is written down in clear and goes into exports, so the
// secret is not in it: it stays in memory, and is read from Clio again by the first
// delivery after a start.
//
// Clio ends a subscription after 31 days, and tells nobody. It is renewed whenever
// n8n starts or the workflow is activated, and with a delivery, when it has less
// than `renew_within_hours` left.

import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { clioOf } from '../shared/account';
import { webhooks } from '../shared/generated/triggers';
import { Input } from '../shared/input';

export type Node = IHookFunctions | IWebhookFunctions;

type Id = number | string;

export interface Kept {
	id?: Id;
	state?: 'pending' | 'active';
	expiresAt?: string;
	/** When Clio was last asked for the subscription because of a delivery. */
	asked?: number;
	/** The digests of what was delivered, each with its time. */
	digests?: Array<[digest: string, at: number]>;
}

interface Subscription {
	id: Id;
	status: 'pending' | 'enabled' | 'suspended';
	secret?: string;
	expires_at?: string;
}

export interface Listed extends Subscription {
	model: string;
	expired: boolean;
}

/** The secrets of the subscriptions of this process, by address and id. */
const secrets = new Map<string, string>();
const keyOf = (node: Node, id: Id | undefined) => `${node.getNodeWebhookUrl('default')} ${id}`;
export const secretOf = (node: Node) => secrets.get(keyOf(node, kept(node).id));

/** A week, as `webhooks.ensure` has it. */
const RENEW_WITHIN_HOURS = 168;
const HOUR = 3_600_000;

export const kept = (node: Node): Kept => node.getWorkflowStaticData('node') as Kept;

export async function inputOf(node: Node): Promise<{ model: string; renew_within_hours?: number }> {
	const input = new Input({ timezone: node.getTimezone(), sourceId: () => '', content: async () => undefined });
	const field = (name: string) => node.getNodeParameter(name, null) as unknown;
	return (await input.read(webhooks.shape, '', field)) as { model: string; renew_within_hours?: number };
}

/** Whether it ends so soon that it is to be renewed. */
export async function endsSoon(node: Node, expiresAt: string | undefined): Promise<boolean> {
	const { renew_within_hours: hours = RENEW_WITHIN_HOURS } = await inputOf(node);
	return expiresAt !== undefined && Date.parse(expiresAt) - Date.now() < hours * HOUR;
}

export function keep(node: Node, { id, status, secret, expires_at }: Subscription): void {
	if (secret !== undefined) secrets.set(keyOf(node, id), secret);
	Object.assign(kept(node), { id, state: status === 'pending' ? 'pending' : 'active', expiresAt: expires_at });
}

export async function list(node: Node): Promise<Listed[]> {
	const clio = await clioOf(node);
	const url = node.getNodeWebhookUrl('default');
	const { webhooks: found = [] } = (await clio.call('webhooks.list', { url })) as { webhooks?: Listed[] };
	const { model } = await inputOf(node);
	return found.filter((it) => it.model === model);
}

/** Whether the one that is known stands, with some of its life left. */
export async function stands(node: Node): Promise<boolean> {
	const { id } = kept(node);
	if (id === undefined) return false;
	const found = (await list(node)).find((it) => it.id === id);
	if (!found || found.expired || found.status !== 'enabled' || (await endsSoon(node, found.expires_at))) return false;
	keep(node, found);
	return true;
}

/** Makes sure that it stands: created, renewed or made anew. */
export async function ensure(node: Node): Promise<boolean> {
	const clio = await clioOf(node);
	const input = { ...(await inputOf(node)), url: node.getNodeWebhookUrl('default') };
	const outcome = (await clio.call('webhooks.ensure', input)) as { subscribed?: Subscription; unavailable?: { message: string } };
	if (!outcome.subscribed) {
		const message = outcome.unavailable?.message ?? 'Clio has no webhooks for this';
		throw new NodeOperationError(node.getNode(), message, { description: JSON.stringify(outcome) });
	}
	keep(node, outcome.subscribed);
	return true;
}

export async function remove(node: Node): Promise<boolean> {
	const known = kept(node);
	if (known.id !== undefined) {
		const clio = await clioOf(node);
		await clio.call('webhooks.remove', { id: known.id });
		secrets.delete(keyOf(node, known.id));
	}
	for (const name of Object.keys(known)) delete known[name as keyof Kept];
	return true;
}
