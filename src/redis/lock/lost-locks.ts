import type { Command } from 'ioredis';
import type { GuardedRedis } from '../guarded-redis.js';

/** KEYS lock. ARGV the token it was taken with. */
const releaseIfOurs = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;

/**
 * Releases locks whose acquisition got no answer, once the server is usable again. A silent server still runs the commands it
 * received, and a disconnected one may have run them: such a lock has no holder and would exclude every process until its
 * lease ends. A lock that was acquired meanwhile on the other servers of a quorum does not depend on this one.
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
      // A lock that cannot be released expires.
      redis.eval(releaseIfOurs, 1, key, token).catch(() => {});
    }
  });
}

const mostLost = 10_000;

/** The lock that a redlock script acquires or releases. Arguments: script or hash, number of keys, key, token, … */
function lockOf({ name, args }: Command, keyPrefix: string): readonly [key: string, token: string] | null {
  const [, keyCount, key, token] = args;
  const isScript = (name === 'evalsha' || name === 'eval') && Number(keyCount) === 1;
  const isLock = isScript && String(key).startsWith(keyPrefix);
  return isLock ? [String(key), String(token)] : null;
}
