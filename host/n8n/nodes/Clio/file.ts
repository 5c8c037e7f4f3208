// Files of items: into an action as its content, and out of an outcome.

import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { documents } from '../shared/actions';
import { MOST } from '../shared/http';

const MEBIBYTES = MOST / 1024 / 1024;

/** The file of an item as the content of an upload. */
export async function contentOf(node: IExecuteFunctions, itemIndex: number, more: Record<string, unknown>): Promise<unknown> {
	const field = node.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const { mimeType } = node.helpers.assertBinaryData(itemIndex, field);
	const bytes = await node.helpers.getBinaryDataBuffer(itemIndex, field);
	if (bytes.length > MOST) {
		const message = `The file is larger than ${MEBIBYTES} MiB. Give its content by a URL instead.`;
		throw new NodeOperationError(node.getNode(), message, { itemIndex });
	}
	const { media_type = mimeType, sha256 } = more as { media_type?: string; sha256?: string };
	return documents.bytes(bytes, { mediaType: media_type, sha256 });
}

interface Inline {
	bytes?: string;
}

interface Read {
	name: string;
	filename?: string;
	media_type?: string;
	content?: string | { inline?: Inline; url?: string };
}

/** Takes the bytes that an outcome names, as they come. */
export class Taken {
	private readonly pieces: Uint8Array[] = [];

	private length = 0;

	readonly into = (piece: Uint8Array): void => {
		this.length += piece.length;
		if (this.length > MOST) throw new RangeError(`it is larger than ${MEBIBYTES} MiB`);
		this.pieces.push(piece.slice());
	};

	/** The outcome with its bytes, or what they lie behind, in a field of the item. */
	async out(node: IExecuteFunctions, itemIndex: number, outcome: IDataObject): Promise<{ json: IDataObject; binary?: IBinaryKeyData }> {
		const { content, name, filename, media_type } = outcome as unknown as Read;
		if (typeof content !== 'object') return { json: outcome };
		const { inline } = content;
		const bytes = inline ? Buffer.from(inline.bytes ?? '', 'base64') : Buffer.concat(this.pieces);
		const field = node.getNodeParameter('binaryPropertyName', itemIndex) as string;
		const binary = { [field]: await node.helpers.prepareBinaryData(bytes, filename ?? name, media_type) };
		// The URL opens the document to everybody for a while: it stays out of what n8n keeps.
		const said = { ...inline, bytes: undefined };
		return { json: { ...outcome, content: { binary: field, ...said } }, binary };
	}
}
