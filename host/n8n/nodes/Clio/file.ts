// Files of items: into an action as its content, and out of an outcome.

import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { documents } from '../shared/actions';
import { MOST } from '../shared/http';

const LARGER = `The file is larger than ${MOST / 1024 / 1024} MiB`;

export const tooLarge = (node: IExecuteFunctions, itemIndex: number) =>
	new NodeOperationError(node.getNode(), `${LARGER}. Ask for its metadata alone, and fetch it outside of n8n.`, { itemIndex });

/** The file of an item as the content of an upload. */
export async function contentOf(node: IExecuteFunctions, itemIndex: number, more: Record<string, unknown>): Promise<unknown> {
	const field = node.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const { mimeType } = node.helpers.assertBinaryData(itemIndex, field);
	const bytes = await node.helpers.getBinaryDataBuffer(itemIndex, field);
	if (bytes.length > MOST) {
		throw new NodeOperationError(node.getNode(), `${LARGER}. Give its content by a URL instead.`, { itemIndex });
	}
	const { media_type = mimeType, sha256 = await digest(bytes) } = more as { media_type?: string; sha256?: string };
	return documents.bytes(bytes, { mediaType: media_type, sha256 });
}

/** By it the action sees that another file came under the same source id. */
async function digest(bytes: Buffer): Promise<string> {
	return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
}

interface Inline {
	bytes?: string;
}

interface Read {
	name: string;
	filename?: string;
	media_type?: string;
	content?: string | { inline?: Inline | string; url?: string };
}

/** Takes the bytes that an outcome names, as they come. */
export class Taken {
	private readonly pieces: Uint8Array[] = [];

	private length = 0;

	readonly into = (piece: Uint8Array): void => {
		this.length += piece.length;
		if (this.isTooLarge) throw new RangeError('it is too large for an item');
		this.pieces.push(piece.slice());
	};

	get isTooLarge(): boolean {
		return this.length > MOST;
	}

	/** The outcome with its bytes, or what they lie behind, in a field of the item. */
	async out(node: IExecuteFunctions, itemIndex: number, outcome: IDataObject, named: string): Promise<{ json: IDataObject; binary?: IBinaryKeyData }> {
		const { content, name, filename, media_type } = outcome as unknown as Read;
		if (typeof content !== 'object') return { json: outcome };
		const inline = typeof content.inline === 'string' ? { bytes: content.inline } : content.inline;
		const bytes = inline ? Buffer.from(inline.bytes ?? '', 'base64') : Buffer.concat(this.pieces);
		const field = node.getNodeParameter(named, itemIndex) as string;
		const binary = { [field]: await node.helpers.prepareBinaryData(bytes, filename ?? name, media_type) };
		// The URL opens the document to everybody for a while: it stays out of what n8n keeps.
		const said = { ...inline, bytes: undefined };
		return { json: { ...outcome, content: { binary: field, ...said } }, binary };
	}
}
