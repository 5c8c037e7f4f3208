import type { IDataObject, INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { clioOf } from '../shared/account';
import { CREDENTIAL } from '../shared/http';
import { failure } from '../shared/failure';
import { documents } from '../shared/generated/triggers';
import { Input } from '../shared/input';
import { listSearch } from '../shared/search';

export class ClioDocumentTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Clio Document Trigger',
		name: 'clioDocumentTrigger',
		icon: { light: 'file:../Clio/clio.svg', dark: 'file:../Clio/clio.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '=New documents: {{$parameter["scope"]}}',
		description: 'Starts the workflow with the documents that became new in Clio Manage, each once',
		defaults: { name: 'Clio Document Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'clioOAuth2Api', required: true }],
		properties: documents.properties,
	};

	methods = { listSearch };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const key = `${this.getWorkflow().id} ${this.getNode().id} ${this.getMode()}`;
		if (running.has(key)) return null;
		running.add(key);
		try {
			return await polled(this);
		} catch (error) {
			throw failure(this.getNode(), error);
		} finally {
			running.delete(key);
		}
	}
}

/** The polls of this process. n8n begins the next one though the last still waits, and both would tell the same. */
const running = new Set<string>();

/** What is remembered between polls: the cursor, and of what it is. */
interface Kept {
	of?: string;
	cursor?: string;
}

interface Detected {
	documents?: IDataObject[];
	cursor: string;
	more: boolean;
}

/** Calls of one poll: what is not read by then, the next one reads. */
const CALLS = 10;
/** Documents that a test in the editor shows. */
const SHOWN = 5;

async function polled(node: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const input = new Input({ timezone: node.getTimezone(), sourceId: () => '', content: async () => undefined });
	const field = (name: string) => node.getNodeParameter(name, null) as unknown;
	const { scope, start } = (await input.read(documents.shape, '', field)) as { scope: unknown; start: unknown };
	const clio = await clioOf(node);
	const detect = async (from: unknown, more = {}) =>
		(await clio.call('detect-documents.detect', { scope, start: from, ...more })) as Detected;

	if (node.getMode() === 'manual') {
		const { documents: found = [] } = await detect('beginning', { max_pages: 1 });
		return found.length === 0 ? null : [found.slice(0, SHOWN).map((json) => ({ json }))];
	}

	const kept = node.getWorkflowStaticData('node') as Kept;
	const of = JSON.stringify([scope, start, node.getNode().credentials?.[CREDENTIAL]?.id]);
	let cursor = kept.of === of ? kept.cursor : undefined;
	const found: IDataObject[] = [];
	for (let call = 0, more = true; more && call < CALLS; call++) {
		const detected = await detect(cursor === undefined ? start : { cursor });
		found.push(...(detected.documents ?? []));
		({ cursor, more } = detected);
	}

	const before = { ...kept };
	Object.assign(kept, { of, cursor });
	if (found.length === 0) return null;
	try {
		// n8n writes down the cursor with the very call that starts the workflow.
		node.__emit([found.map((json) => ({ json }))]);
	} catch (error) {
		Object.assign(kept, { of: before.of, cursor: before.cursor });
		throw failure(node.getNode(), error);
	}
	return null;
}
