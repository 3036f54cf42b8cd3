import { type Settings, settingsIn, truncation, whole } from './deletion.js';
import type { Log } from './log.js';
import { LAST, type RecordedEvent, StreamDeleted } from './model.js';

/**
 * The part of a stream that its metadata leaves to readers. Nothing is deleted: reads of $all still find every event, as on a real
 * server that was not scavenged.
 */
export interface Retention {
  /** Revision of the first event that can be seen. */
  readonly first: bigint;
  /** Events older than this cannot be seen; milliseconds since the Unix epoch. */
  readonly since: number;
}

export const keeps = ({ first, since }: Retention, { revision, created }: RecordedEvent): boolean =>
  revision >= first && created >= since;

/** Returns null for a stream that does not exist, or was deleted by its metadata. @throws {StreamDeleted} */
export async function retentionOf(log: Pick<Log, 'describe'>, stream: string): Promise<Retention | null> {
  const { head, metadata, isTombstoned } = await log.describe(stream);
  if (isTombstoned) throw new StreamDeleted(stream);
  if (head === null) return null;
  const settings = stream.startsWith('$$') ? ofMetastreams : settingsIn(metadata);
  const { $maxCount, $maxAge } = settings;
  const before = truncation(settings) ?? 0n;
  if (before === LAST) return null;
  const counted = head - (whole($maxCount) ?? head + 1n) + 1n;
  const since = typeof $maxAge === 'number' ? Date.now() - $maxAge * 1_000 : Number.NEGATIVE_INFINITY;
  return { first: counted > before ? counted : before, since };
}

const ofMetastreams: Settings = { $maxCount: 1 };
