// A call that failed, as n8n shows errors: the action's message, which says the next
// step, and the action's own error as JSON in the description.

import type { IDataObject, INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { CallError } from './actions';

export function failure(node: INode, error: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	if (!(error instanceof CallError)) {
		// A mistake of this package or of a value: its own words hold no request.
		const message = error instanceof Error ? error.message : 'The action could not be called';
		return new NodeOperationError(node, message, { itemIndex });
	}
	const json = error.toJSON() as unknown as JsonObject;
	const message = sentence(error.message);
	const description = JSON.stringify(json);
	if (error.problem === undefined || error.code === 'invalid_input') {
		return new NodeOperationError(node, message, { description, itemIndex });
	}
	const { status } = error.problem;
	const shown = { message, description, itemIndex, ...(status !== undefined && { httpCode: String(status) }) };
	return new NodeApiError(node, json, shown);
}

/** What an item holds in the place of an outcome, where the workflow goes on. */
export function failedItem(error: unknown): IDataObject {
	if (error instanceof CallError) {
		return { error: error.message, code: error.code, transient: error.transient, details: error.toJSON() as unknown as IDataObject };
	}
	return { error: error instanceof Error ? error.message : 'The action could not be called' };
}

function sentence(text: string): string {
	const begun = text.charAt(0).toUpperCase() + text.slice(1);
	return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
