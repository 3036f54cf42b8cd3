import type { Result } from 'ioredis';
import { within } from '../../waiting/within.js';
import type { GuardedRedis } from '../guarded-redis.js';

export interface Extension {
  readonly key: string;
  /** The key that a process sets which waits for the lock and cannot publish that it does. */
  readonly wantedKey: string;
  /** The token that the lock was acquired with. */
  readonly token: string;
  /** The lease that it is to have from now on, in ms. */
  readonly leaseMs: number;
}

export interface Extended {
  /** Whether a majority of the servers has extended the lock. */
  readonly isHeld: boolean;
  /** Whether another process has marked it as wanted, on some server. */
  readonly isWanted: boolean;
}

/**
 * KEYS (lock, mark that it is wanted) of each. ARGV (token, ms) for each. For each: 0 when it does not have this token, 1 when it
 * has been extended, 2 when it is wanted as well.
 */
const script = `
local extended = {}
for i = 1, #KEYS, 2 do
  local state = 0
  if redis.call('GET', KEYS[i]) == ARGV[i] then
    redis.call('PEXPIRE', KEYS[i], ARGV[i + 1])
    state = 1 + redis.call('EXISTS', KEYS[i + 1])
  end
  extended[#extended + 1] = state
end
return extended
`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsaleExtendLocks(keyCount: number, ...keysAndArgs: (string | number)[]): Result<number[], Context>;
  }
}

/** The most locks in one call. */
const mostPerCall = 500;
/** How long an extension waits for a server, in ms. */
const patienceMs = 250;

/** Extends locks over all servers of a quorum, many in one call to each server. */
export class LockExtender {
  constructor(private readonly servers: readonly GuardedRedis[]) {
    for (const redis of servers) redis.defineCommand('onsaleExtendLocks', { lua: script });
  }

  /** For each: what became of it. Never rejects. */
  async extend(locks: readonly Extension[]): Promise<readonly Extended[]> {
    const extended: Extended[] = [];
    for (let at = 0; at < locks.length; at += mostPerCall) {
      extended.push(...(await this.#extend(locks.slice(at, at + mostPerCall))));
    }
    return extended;
  }

  async #extend(locks: readonly Extension[]): Promise<readonly Extended[]> {
    const keys = locks.flatMap(({ key, wantedKey }) => [key, wantedKey]);
    const args = locks.flatMap(({ token, leaseMs }) => [token, leaseMs]);
    // A server that does not answer has extended none, as far as this process knows.
    const none = (): number[] => [];
    const votes = await Promise.all(
      this.servers.map((redis) =>
        within(patienceMs, redis.onsaleExtendLocks(keys.length, ...keys, ...args).catch(none), none),
      ),
    );
    const quorum = Math.floor(this.servers.length / 2) + 1;
    return locks.map((_, i) => ({
      isHeld: votes.filter((each) => (each[i] ?? 0) > 0).length >= quorum,
      isWanted: votes.some((each) => each[i] === 2),
    }));
  }
}
