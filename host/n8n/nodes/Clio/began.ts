// When this execution first began, and what it is called: for `began` and for a
// `source_id` that nobody gave.
//
// n8n starts a retry as another execution, with the data of the one that failed. So
// both are kept in that data, in the flow's context, by the first node that asks.

import type { IExecuteFunctions } from 'n8n-workflow';

interface Began {
	execution: string;
	at: string;
}

export function began(node: IExecuteFunctions): Began {
	const flow = node.getContext('flow') as { clioActions?: Began };
	flow.clioActions ??= { execution: node.getExecutionId(), at: new Date().toISOString() };
	return flow.clioActions;
}

/** The same for the same item of the same run of a node, in a retry as well. */
export function sourceId(node: IExecuteFunctions, item: number): string {
	const { $runIndex } = node.getWorkflowDataProxy(item) as { $runIndex?: number };
	return `n8n:${node.getWorkflow().id}/${began(node).execution}/${node.getNode().id}/${$runIndex ?? 0}/${item}`;
}
