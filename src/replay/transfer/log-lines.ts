import { formatPosition, type RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventCopy } from '../../event-store/codec.js';

/**
 * A log as lines of JSON: a first line that names the format, a line per event, after every page of events a line with their
 * number and hash so far, and a last line with those of all events. So a file that was truncated or changed is detected before
 * any event after the damage is used.
 */
export interface FirstLine {
  readonly onsale: 'log';
  /** Version 1 has no pages. */
  readonly version: 1 | 2;
  /** Null for the log of all concerts. */
  readonly concertId: string | null;
}

/** The size of a page in events and in characters: a page ends with the event that reaches either. */
export const pageSize = { events: 500, characters: 256 * 1024 };

/** The longest line in characters: several times a store's limit for one event. */
export const longestLine = 4 * 1024 * 1024;

export interface PageLine {
  /** Events from the beginning of the log up to here. */
  readonly events: number;
  /** The hash of the essence of all these events, in order: see `essenceOf`. */
  readonly sha256: string;
}

export type LastLine = PageLine;

export interface EventLine extends EventCopy {
  readonly concertId: string;
  readonly revision: bigint;
}

export type Line =
  | { readonly kind: 'first'; readonly line: FirstLine }
  | { readonly kind: 'event'; readonly line: EventLine }
  | { readonly kind: 'page'; readonly line: PageLine }
  | { readonly kind: 'last'; readonly line: LastLine };

/** Text that is not a line of the format, or an event that cannot be written as one. */
export class NotALogLine extends Error {
  override readonly name = 'NotALogLine';
}

/**
 * The part of an event that is the same in every copy of a log: all but position and time of recording, which each store assigns
 * again. Two logs are the same when this text of their events is, byte for byte.
 */
export const essenceOf = ({ concertId, revision, id, type, data, metadata }: Essence): string =>
  JSON.stringify({ concertId, revision: String(revision), id, type, data, metadata });

type Essence = Pick<RecordedEvent, 'concertId' | 'revision' | 'id' | 'type' | 'data'> & {
  readonly metadata?: unknown;
};

/** @throws {NotALogLine} for an event that could not be read back from its line */
export function eventLine(recorded: RecordedEvent): string {
  const { concertId, revision, data, metadata } = recorded;
  if (data instanceof Uint8Array) throw new NotALogLine('it is not JSON');
  if (metadata instanceof Uint8Array) throw new NotALogLine('its metadata are not JSON');
  toEventLine({ ...recorded, concertId, revision: String(revision) });
  const position = recorded.position === null ? null : formatPosition(recorded.position);
  const given = JSON.stringify({ position, recordedAt: recorded.recordedAt });
  return `${given.slice(0, -1)},${essenceOf(recorded).slice(1)}`;
}

/** @throws {NotALogLine} */
export function parseLine(text: string): Line {
  const parsed = parseObject(text);
  if (parsed.onsale === 'log') return { kind: 'first', line: toFirstLine(parsed) };
  if (!('sha256' in parsed)) return { kind: 'event', line: toEventLine(parsed) };
  const { events, sha256, page } = parsed;
  if (typeof events !== 'number' || typeof sha256 !== 'string') throw new NotALogLine('it has no figures');
  return { kind: page === true ? 'page' : 'last', line: { events, sha256 } };
}

export const pageLine = (line: PageLine): string => JSON.stringify({ page: true, ...line });

type Parsed = Readonly<Record<string, unknown>>;

function parseObject(text: string): Parsed {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) return parsed;
  } catch (error) {
    throw new NotALogLine('it is not JSON', { cause: error });
  }
  throw new NotALogLine('it is no JSON object');
}

function toFirstLine({ version, concertId }: Parsed): FirstLine {
  if (version !== 1 && version !== 2) {
    throw new NotALogLine(`it is of version ${version}; this onsale knows versions 1 and 2`);
  }
  if (concertId !== null && typeof concertId !== 'string') throw new NotALogLine('its concertId is no text');
  return { onsale: 'log', version, concertId };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function toEventLine({ concertId, revision, id, type, data, metadata }: Parsed): EventLine {
  if (typeof concertId !== 'string' || concertId === '') throw new NotALogLine('it has no concertId');
  if (typeof revision !== 'string' || !/^\d{1,19}$/.test(revision))
    throw new NotALogLine('it has no revision');
  if (typeof id !== 'string' || !uuid.test(id)) throw new NotALogLine('its id is not a UUID');
  if (typeof type !== 'string' || type === '') throw new NotALogLine('it has no type');
  if (metadata !== undefined && !isObject(metadata)) {
    throw new NotALogLine('its metadata are not a JSON object');
  }
  if (!isObject(data) && !Array.isArray(data) && typeof data !== 'string') {
    throw new NotALogLine('it has no data');
  }
  const event = { concertId, revision: BigInt(revision), id, type, data };
  return metadata === undefined ? event : { ...event, metadata };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks that the events are those of whole streams, each from its beginning and without gaps. */
export class Continuity {
  readonly #next = new Map<string, bigint>();

  constructor(private readonly only: string | null) {}

  /** @throws {NotALogLine} for an event that is not the next of its concert */
  add({ concertId, revision }: { readonly concertId: string; readonly revision: bigint }): void {
    if (this.only !== null && concertId !== this.only) throw new NotALogLine(`it is of concert ${concertId}`);
    const next = this.#next.get(concertId) ?? 0n;
    if (revision !== next) {
      throw new NotALogLine(`it is revision ${revision} of concert ${concertId}, where ${next} is next`);
    }
    this.#next.set(concertId, next + 1n);
  }
}
