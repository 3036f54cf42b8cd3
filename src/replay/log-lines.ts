import type { EventCopy } from '../event-store/codec.js';
import { formatPosition, type RecordedEvent } from '../event-store/recorded-event.js';

/**
 * A log as lines of JSON: a first line that says what it is, a line per event, and a last line that says how many there were
 * and what they amount to, so that a file that was cut short or changed is found out.
 */
export interface FirstLine {
  readonly onsale: 'log';
  readonly version: 1;
  /** Null for the log of all concerts. */
  readonly concertId: string | null;
}

export interface LastLine {
  readonly events: number;
  /** Of the essence of all events, in order: see `essenceOf`. */
  readonly sha256: string;
}

export interface EventLine extends EventCopy {
  readonly concertId: string;
  readonly revision: bigint;
}

export type Line =
  | { readonly kind: 'first'; readonly line: FirstLine }
  | { readonly kind: 'event'; readonly line: EventLine }
  | { readonly kind: 'last'; readonly line: LastLine };

/** Text that is not a line of such a file. */
export class NotALogLine extends Error {
  override readonly name = 'NotALogLine';
}

/**
 * What has to be the same in every copy of a log: all but position and time of recording, which each store gives anew.
 * Written the same wherever it comes from: two logs are the same when this text of their events is, byte for byte.
 */
export const essenceOf = ({ concertId, revision, id, type, data, metadata }: Essence): string =>
  JSON.stringify({ concertId, revision: String(revision), id, type, data, metadata });

type Essence = Pick<RecordedEvent, 'concertId' | 'revision' | 'id' | 'type' | 'data' | 'metadata'>;

/** @throws {NotALogLine} for an event that is not JSON */
export function eventLine(recorded: RecordedEvent): string {
  if (recorded.data instanceof Uint8Array) throw new NotALogLine(`event ${recorded.id} is not JSON`);
  const position = recorded.position === null ? null : formatPosition(recorded.position);
  const given = JSON.stringify({ position, recordedAt: recorded.recordedAt });
  return `${given.slice(0, -1)},${essenceOf(recorded).slice(1)}`;
}

/** @throws {NotALogLine} */
export function parseLine(text: string): Line {
  const parsed = parseObject(text);
  if (parsed.onsale === 'log') return { kind: 'first', line: toFirstLine(parsed) };
  if ('sha256' in parsed) {
    const { events, sha256 } = parsed;
    if (typeof events !== 'number' || typeof sha256 !== 'string') throw new NotALogLine('it has no figures');
    return { kind: 'last', line: { events, sha256 } };
  }
  return { kind: 'event', line: toEventLine(parsed) };
}

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
  if (version !== 1) throw new NotALogLine(`it is of version ${version}; this onsale knows version 1`);
  if (concertId !== null && typeof concertId !== 'string') throw new NotALogLine('its concertId is no text');
  return { onsale: 'log', version, concertId };
}

function toEventLine({ concertId, revision, id, type, data, metadata }: Parsed): EventLine {
  if (typeof concertId !== 'string') throw new NotALogLine('it has no concertId');
  if (typeof revision !== 'string' || !/^\d{1,19}$/.test(revision))
    throw new NotALogLine('it has no revision');
  if (typeof id !== 'string' || typeof type !== 'string') throw new NotALogLine('it has no id and type');
  if (!isObject(metadata)) throw new NotALogLine('it has no metadata');
  if (!isObject(data) && !Array.isArray(data) && typeof data !== 'string') {
    throw new NotALogLine('it has no data');
  }
  return { concertId, revision: BigInt(revision), id, type, data, metadata };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
