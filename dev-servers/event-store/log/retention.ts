import type { Log } from './log.js';
import { LAST } from './log.js';
import type { RecordedEvent } from './model.js';

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

/** Returns null for a stream that does not exist, or was deleted by its metadata. */
export async function retentionOf(log: Log, stream: string): Promise<Retention | null> {
  const { head, metadata } = await log.describe(stream);
  if (head === null) return null;
  const { $maxCount, $tb, $maxAge } = stream.startsWith('$$') ? ofMetastreams : settingsIn(metadata);
  const before = whole($tb) ?? 0n;
  if (before === LAST) return null;
  const counted = head - (whole($maxCount) ?? head + 1n) + 1n;
  const since = typeof $maxAge === 'number' ? Date.now() - $maxAge * 1_000 : Number.NEGATIVE_INFINITY;
  return { first: counted > before ? counted : before, since };
}

type Settings = Readonly<Record<string, unknown>>;

const ofMetastreams: Settings = { $maxCount: 1 };

/** Metadata that is no JSON object sets nothing. */
function settingsIn(metadata: Buffer | null): Settings {
  try {
    const settings: unknown = JSON.parse(metadata?.toString() ?? '');
    return typeof settings === 'object' && settings !== null ? { ...settings } : {};
  } catch {
    return {};
  }
}

function whole(setting: unknown): bigint | undefined {
  if (typeof setting !== 'number' || setting < 0) return undefined;
  // JSON.parse rounds the largest revision up, by which a deleted stream is told.
  return setting >= Number(LAST) ? LAST : BigInt(Math.trunc(setting));
}
