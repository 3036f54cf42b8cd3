import type { RedisServers } from '../connect.js';
import { queueKeys } from './keys.js';

/** A concert and the process that owns it. */
export interface OwnedConcert {
  readonly concertId: string;
  /** Host, process id and some letters that tell it from an earlier process of the same number. */
  readonly process: string;
  /** Wall-clock time since which the process owns the concert, by its own clock. */
  readonly since: Date;
  /** Purchases in the concert's queue. */
  readonly waiting: number;
}

/**
 * What a claim's token says: the process, and since when it owns the concert, in ms of the wall clock. Null when no process wrote
 * it.
 */
export function readToken(token: string): { readonly process: string; readonly since: number } | null {
  const [process = '', since = ''] = token.split('|');
  return timePattern.test(since) ? { process, since: Number(since) } : null;
}

/** Up to 15 digits: a valid date. */
const timePattern = /^\d{1,15}$/;

/** The concerts that have an owner now, by id. Rejects when Redis does not answer. */
export async function ownedConcerts({ primary, prefix }: RedisServers): Promise<readonly OwnedConcert[]> {
  const start = queueKeys(prefix, '').owner;
  const pattern = `${start.replace(/[\\?*[\]]/g, '\\$&')}*`;
  const owned = new Map<string, OwnedConcert>();
  for (let cursor = '0'; ; ) {
    const [next, keys] = await primary.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    for (const key of keys) {
      const concertId = key.slice(start.length);
      const [token, waiting] = await Promise.all([
        primary.get(key),
        primary.xlen(queueKeys(prefix, concertId).entries),
      ]);
      const owner = token === null ? null : readToken(token);
      if (owner === null) continue;
      const { process, since } = owner;
      owned.set(concertId, { concertId, process, since: new Date(since), waiting });
    }
    if (next === '0') break;
    cursor = next;
  }
  return [...owned.values()].sort((a, b) => (a.concertId < b.concertId ? -1 : 1));
}
