import { randomUUID } from 'node:crypto';
import { type AppendRequest, type Deletion, LAST, type ProposedEvent, type RecordedEvent } from './model.js';

/** The stream that holds another stream's metadata. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

/** The stream whose metadata this one holds; null where it holds none. */
export const originalOf = (stream: string): string | null =>
  stream.startsWith('$$') ? stream.slice(2) : null;

const TOMBSTONE = '$streamDeleted';

/** The record of a deletion, as a real server writes it. */
export const recordOf = (deletion: Deletion): ProposedEvent =>
  deletion === 'tombstone'
    ? { ...metadataEvent(''), type: TOMBSTONE, isJson: false }
    : metadataEvent(`{"$tb":${LAST}}`);

/** Where a request's events go. */
export const targetOf = ({ stream, deletion }: AppendRequest): string =>
  deletion === 'soft' ? metastreamOf(stream) : stream;

/** What a stream's metadata sets. Metadata that is no JSON object sets nothing. */
export type Settings = Readonly<Record<string, unknown>>;

export function settingsIn(metadata: Uint8Array | null): Settings {
  try {
    const settings: unknown = JSON.parse(Buffer.from(metadata ?? []).toString());
    return typeof settings === 'object' && settings !== null ? { ...settings } : {};
  } catch {
    return {};
  }
}

/** The revision before which metadata hides events; undefined where it names none. */
export const truncation = ({ $tb }: Settings): bigint | undefined => whole($tb);

/** A setting that is a whole number, not below zero. */
export function whole(setting: unknown): bigint | undefined {
  if (typeof setting !== 'number' || setting < 0) return undefined;
  // JSON.parse rounds the largest revision up, by which a deleted stream is told.
  return setting >= Number(LAST) ? LAST : BigInt(Math.trunc(setting));
}

export const isSoftlyDeleted = (settings: Settings): boolean => truncation(settings) === LAST;

/** Metadata that undo a deletion: events from this revision on can be read again; all other settings are kept. */
export const undeleting = (settings: Settings, from: bigint): ProposedEvent =>
  metadataEvent(JSON.stringify({ ...settings, $tb: Number(from) }));

export const isTombstone = ({ type, revision }: Pick<RecordedEvent, 'type' | 'revision'>): boolean =>
  revision === LAST && type === TOMBSTONE;

function metadataEvent(json: string): ProposedEvent {
  const none = Buffer.alloc(0);
  return { id: randomUUID(), type: '$metadata', isJson: true, data: Buffer.from(json), metadata: none };
}
