// The fields of an item as the input of an action, by the shape that the build made
// of the action's description (`build/operations.mjs`). A field left blank is a
// member left out; what is wrong with the rest the action says.

export type Shape =
	| { is: 'value' | 'instant' | 'json' | 'id' | 'source_id' }
	| { is: 'reference'; words?: string[] }
	| { is: 'record'; direct: Shapes; more: Shapes; optional?: true }
	| { is: 'wrapped'; of: Shape }
	| { is: 'rows'; of: Shape }
	| { is: 'choice'; cases: Record<string, Shape | null> }
	| { is: 'content'; more: Shapes };

type Shapes = Record<string, Shape>;

/** An operation: its input, the field of the file that it gives, and that of the one it takes. */
export interface Operation {
	shape: Shape;
	file?: string;
	content?: string;
}

/** Gives a field by its name, in one scope. */
type Get = (name: string) => unknown;

/** What is not in the fields. */
export interface Around {
	timezone: string;
	sourceId(): string;
	/** The bytes of the item's file, with its media type. */
	content(more: Record<string, unknown>): Promise<unknown>;
}

const isBlank = (value: unknown) =>
	value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** An id out of a list, or one that was given. */
function located(value: unknown): { mode: string; value: unknown } {
	if (typeof value === 'object' && value !== null && 'value' in value) {
		const { mode, value: inner } = value as { mode?: string; value: unknown };
		return { mode: mode ?? 'id', value: inner };
	}
	return { mode: 'id', value };
}

export class Input {
	constructor(private readonly around: Around) {}

	/** Reads one member; undefined where it is left out. */
	async read(shape: Shape, at: string, get: Get): Promise<unknown> {
		switch (shape.is) {
			case 'source_id':
				return isBlank(get(at)) ? this.around.sourceId() : get(at);
			case 'value':
				return isBlank(get(at)) ? undefined : get(at);
			case 'json':
				return json(get(at));
			case 'instant':
				return instant(get(at), this.around.timezone);
			case 'id': {
				const { value } = located(get(at));
				return isBlank(value) ? undefined : value;
			}
			case 'reference':
				return reference(get(at), shape.words ?? []);
			case 'record':
				return await this.record(shape, at, get);
			case 'wrapped': {
				const values = (get(at) as { values?: Record<string, unknown> } | null | undefined)?.values;
				if (values === undefined) return undefined;
				const inner = shape.of.is === 'choice' ? at : '';
				return await this.read(shape.of, inner, (name) => values[name]);
			}
			case 'rows': {
				const rows = (get(at) as { values?: Array<Record<string, unknown>> } | null | undefined)?.values;
				if (rows === undefined) return undefined;
				return await Promise.all(rows.map(async (row) => await this.read(shape.of, '', (name) => row[name])));
			}
			case 'choice': {
				const name = String(get(at) ?? '');
				if (name === '') return undefined;
				const payload = shape.cases[name];
				if (!payload) return name;
				const inner = payload.is === 'record' && at === '' ? '' : `${at}_${name}`;
				return { [name]: await this.read(payload, inner, get) };
			}
			case 'content': {
				const more = await this.members(shape.more, '', bag(get('content_more')));
				if (get(at) === 'url') return { source: { url: get('content_url') }, ...more };
				return await this.around.content(more);
			}
		}
	}

	private async record(shape: Shape & { is: 'record' }, at: string, get: Get): Promise<unknown> {
		const direct = await this.members(shape.direct, at, get);
		const more = await this.members(shape.more, '', bag(get(at === '' ? 'additionalFields' : `${at}_more`)));
		const all = { ...direct, ...more };
		return shape.optional && Object.keys(all).length === 0 ? undefined : all;
	}

	private async members(shapes: Shapes, at: string, get: Get): Promise<Record<string, unknown>> {
		const all: Record<string, unknown> = {};
		for (const [name, shape] of Object.entries(shapes)) {
			const value = await this.read(shape, at === '' ? name : `${at}_${name}`, get);
			if (value !== undefined) all[name] = value;
		}
		return all;
	}
}

function bag(value: unknown): Get {
	const values = (value ?? {}) as Record<string, unknown>;
	return (name) => values[name];
}

export function json(value: unknown): unknown {
	if (typeof value !== 'string') return isBlank(value) ? undefined : value;
	return value.trim() === '' ? undefined : JSON.parse(value);
}

function reference(field: unknown, words: string[]): unknown {
	const { mode, value } = located(field);
	if (words.includes(mode)) return mode;
	if (isBlank(value)) return undefined;
	return { [mode === 'list' ? 'id' : mode]: value };
}

/** An instant with its offset: n8n's fields give a local time of the workflow's zone. */
export function instant(value: unknown, timezone: string): unknown {
	if (isBlank(value)) return undefined;
	// What an expression gives, such as `$now`, says its offset itself.
	const text = typeof value === 'string' ? value.trim() : String(JSON.parse(JSON.stringify(value)));
	const local = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?)?$/.exec(text);
	if (!local) return text;
	const [, day, minutes = '00:00', seconds = ':00'] = local;
	const shown = Date.parse(`${day}T${minutes}${seconds}Z`);
	// The offset there, then at the instant that it leads to: they differ when clocks change.
	const guess = shown - offset(shown, timezone);
	return new Date(shown - offset(guess, timezone)).toISOString();
}

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
function offset(at: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	}).formatToParts(at);
	const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
	return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - at;
}
