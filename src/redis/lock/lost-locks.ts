import type { Command } from 'ioredis';
import type { GuardedRedis } from '../guarded-redis.js';

/** KEYS lock. ARGV the token it was taken with. */
const releaseIfOurs = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;

/**
 * A server that was silent carries out what it was sent before it answers anybody again, and one that was cut off may have
 * done so: locks are taken for which nobody waits any more, and would keep everybody out until their leases end. They are
 * released when the server is used again. A lock that was won meanwhile on the others of a quorum was won without this one.
 */
export function forgetLostLocks(redis: GuardedRedis, keyPrefix: string): void {
  let lost: (readonly [key: string, token: string])[] = [];
  redis.on('unanswered', (command: Command) => {
    const lock = lockOf(command, keyPrefix);
    if (lock !== null && lost.length < mostLost) lost.push(lock);
  });
  redis.on('usable', () => {
    const released = lost;
    lost = [];
    for (const [key, token] of released) {
      // What cannot be released now runs out by itself.
      redis.eval(releaseIfOurs, 1, key, token).catch(() => {});
    }
  });
}

const mostLost = 10_000;

/** The lock that a script of redlock's takes or releases: script or hash, number of keys, key, token, … */
function lockOf({ name, args }: Command, keyPrefix: string): readonly [key: string, token: string] | null {
  const [, keyCount, key, token] = args;
  const isScript = (name === 'evalsha' || name === 'eval') && Number(keyCount) === 1;
  const isLock = isScript && String(key).startsWith(keyPrefix);
  return isLock ? [String(key), String(token)] : null;
}
