// What fields offer to choose from: one page of `lookup.find` at a time.

import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { clioOf } from './account';
import { failure } from './failure';
import { searches } from './generated/operations';

/** A kind of `lookup.find`, with its payload or the field that it is read from. */
export interface Search {
	kind: string;
	payload?: unknown;
	from?: string;
	as?: string;
}

interface Found {
	options?: Array<{ id: number | string; label: string; detail?: string }>;
	cursor?: string;
}

function payloadOf(node: ILoadOptionsFunctions, { kind, payload, from, as }: Search): unknown {
	if (from === undefined) return payload;
	const field = node.getCurrentNodeParameter(from) as { value?: unknown } | string | undefined;
	const value = typeof field === 'object' ? field?.value : field;
	if (value === undefined || value === '') {
		const message = `What ${kind} offers depends on another field. Fill that in first, or give the ID.`;
		throw new NodeOperationError(node.getNode(), message);
	}
	return as === undefined ? value : { [as]: value };
}

function searching(search: Search) {
	return async function (this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
		const payload = payloadOf(this, search);
		const kind = payload === undefined ? search.kind : { [search.kind]: payload };
		try {
			const clio = await clioOf(this);
			const input = { kind, ...(filter && { search: filter }), ...(cursor && { cursor }) };
			const found = (await clio.call('lookup.find', input)) as Found;
			const results = (found.options ?? []).map(({ id, label, detail }) => ({
				name: detail ? `${label} (${detail})` : label,
				value: id,
			}));
			return { results, paginationToken: found.cursor };
		} catch (error) {
			throw failure(this.getNode(), error) as NodeOperationError;
		}
	};
}

/** One for each list that a field is filled from. */
export const listSearch = Object.fromEntries(Object.entries(searches).map(([name, search]) => [name, searching(search)]));
