import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

import { clioOf } from '../shared/account';
import { failedItem, failure } from '../shared/failure';
import { operations, properties } from '../shared/generated/operations';
import { Input, json } from '../shared/input';
import { listSearch } from '../shared/search';
import { began, sourceId } from './began';
import { contentOf, Taken, tooLarge } from './file';

export class Clio implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Clio',
		name: 'clio',
		icon: { light: 'file:clio.svg', dark: 'file:clio.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{$parameter["operation"]}}',
		description: 'Sync clients, open matters, file and read documents in Clio Manage; nothing is made twice',
		defaults: { name: 'Clio' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'clioOAuth2Api', required: true }],
		properties,
	};

	methods = { listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const out: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			try {
				out.push(...(await called(this, item)));
			} catch (error) {
				const failed = failure(this.getNode(), error, item);
				if (!this.continueOnFail()) throw failed;
				out.push({ json: failedItem(error), error: failed, pairedItem: { item } });
			}
		}
		return [out];
	}
}

/** Calls the operation of one item. */
async function called(node: IExecuteFunctions, item: number): Promise<INodeExecutionData[]> {
	const name = node.getNodeParameter('operation', item) as string;
	const operation = operations[name];
	const field = (of: string) => node.getNodeParameter(of, item, null) as unknown;
	const byFields = field('given') !== 'json';
	const fromUrl = operation.content && byFields && field(operation.content) === 'url';
	const clio = await clioOf(node, fromUrl ? [String(field('content_origin'))] : []);
	const input = byFields ? await fields(node, item, field) : written(node, item, field('json'));
	const taken = operation.file ? new Taken() : undefined;
	const options = { signal: node.getExecutionCancelSignal(), contentInto: taken?.into };
	const outcome = await clio.call(name, filledIn(node, item, input), options).catch(async (error: unknown) => {
		return await Promise.reject(taken?.isTooLarge ? tooLarge(node, item) : error);
	});
	const pairedItem = { item };
	if (Array.isArray(outcome)) return outcome.map((json) => ({ json: json as IDataObject, pairedItem }));
	const { json: result, binary } = taken
		? await taken.out(node, item, outcome as IDataObject, operation.file as string)
		: { json: outcome as IDataObject, binary: undefined };
	return [{ json: result, ...(binary && { binary }), pairedItem }];
}

async function fields(node: IExecuteFunctions, item: number, field: (name: string) => unknown): Promise<unknown> {
	const { shape } = operations[node.getNodeParameter('operation', item) as string];
	const input = new Input({
		timezone: node.getTimezone(),
		sourceId: () => sourceId(node, item),
		content: async (more) => await contentOf(node, item, more),
	});
	return await input.read(shape, '', field);
}

/** The input that somebody wrote as JSON. What is wrong with it may quote a client: it is not repeated. */
function written(node: IExecuteFunctions, itemIndex: number, text: unknown): unknown {
	try {
		return json(text);
	} catch {
		const message = 'The JSON is not valid. Correct it, or let an expression give an object.';
		throw new NodeOperationError(node.getNode(), message, { itemIndex });
	}
}

/** The input with what the execution gives, where the action takes it and nobody gave it. */
function filledIn(node: IExecuteFunctions, item: number, input: unknown): unknown {
	const { shape } = operations[node.getNodeParameter('operation', item) as string];
	if (shape.is !== 'record' || typeof input !== 'object' || input === null) return input;
	return {
		...('began' in shape.more && { began: began(node).at }),
		...('source_id' in shape.direct && shape.direct.source_id.is === 'source_id' && { source_id: sourceId(node, item) }),
		...input,
	};
}
