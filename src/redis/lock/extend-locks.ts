import type { Result } from 'ioredis';
import { within } from '../../waiting/within.js';
import type { GuardedRedis } from '../guarded-redis.js';

export interface Extension {
  readonly key: string;
  /** The token that the lock was acquired with. */
  readonly token: string;
  /** The lease that it is to have from now on, in ms. */
  readonly leaseMs: number;
}

/** KEYS locks. ARGV (token, ms) for each. For each: 1 when it has this token, and has been extended; else 0. */
const script = `
local extended = {}
for i, key in ipairs(KEYS) do
  extended[i] = 0
  if redis.call('GET', key) == ARGV[2 * i - 1] then extended[i] = redis.call('PEXPIRE', key, ARGV[2 * i]) end
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

  /** For each: whether a majority of the servers has extended it. Never rejects. */
  async extend(locks: readonly Extension[]): Promise<readonly boolean[]> {
    const extended: boolean[] = [];
    for (let at = 0; at < locks.length; at += mostPerCall) {
      extended.push(...(await this.#extend(locks.slice(at, at + mostPerCall))));
    }
    return extended;
  }

  async #extend(locks: readonly Extension[]): Promise<readonly boolean[]> {
    const args = [...locks.map(({ key }) => key), ...locks.flatMap(({ token, leaseMs }) => [token, leaseMs])];
    // A server that does not answer has extended none, as far as this process knows.
    const none = (): number[] => [];
    const votes = await Promise.all(
      this.servers.map((redis) =>
        within(patienceMs, redis.onsaleExtendLocks(locks.length, ...args).catch(none), none),
      ),
    );
    const quorum = Math.floor(this.servers.length / 2) + 1;
    return locks.map((_, i) => votes.filter((each) => each[i] === 1).length >= quorum);
  }
}
