import type { Result } from 'ioredis';
import type { GuardedRedis } from '../../guarded-redis.js';
import { claim, owner, release, renew, succeed } from './claims.js';
import { answer, join, leave, read } from './entries.js';
import { lookUp, standing } from './standing.js';

type Args = (string | number)[];

/** One entry as `read` returns it: id, state ('' if it may be decided), purchase, process, token, request. */
export type EntryReply = [string, string, string, string, string, string];

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsaleQueueJoin(...keysAndArgs: Args): Result<[owner: string, ...(string | number)[]], Context>;
    onsaleQueueLeave(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueClaim(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueSucceed(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueRelease(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueRenew(keyCount: number, ...keysAndArgs: Args): Result<number[], Context>;
    onsaleQueueOwner(...keysAndArgs: Args): Result<[owner: string, waiting: number], Context>;
    onsaleQueueRead(...keysAndArgs: Args): Result<[string, ...EntryReply[]] | null, Context>;
    onsaleQueueAnswer(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueStanding(...keysAndArgs: Args): Result<number | string | null, Context>;
    onsaleQueueLookUp(...keysAndArgs: Args): Result<(number | string)[], Context>;
  }
}

export function defineQueueScripts(redis: GuardedRedis): void {
  redis.defineCommand('onsaleQueueJoin', { lua: join, numberOfKeys: 7 });
  redis.defineCommand('onsaleQueueLeave', { lua: leave, numberOfKeys: 3 });
  redis.defineCommand('onsaleQueueClaim', { lua: claim, numberOfKeys: 3 });
  redis.defineCommand('onsaleQueueSucceed', { lua: succeed, numberOfKeys: 2 });
  redis.defineCommand('onsaleQueueRelease', { lua: release, numberOfKeys: 3 });
  redis.defineCommand('onsaleQueueRenew', { lua: renew });
  redis.defineCommand('onsaleQueueOwner', { lua: owner, numberOfKeys: 2 });
  redis.defineCommand('onsaleQueueRead', { lua: read, numberOfKeys: 5 });
  redis.defineCommand('onsaleQueueAnswer', { lua: answer, numberOfKeys: 7 });
  redis.defineCommand('onsaleQueueStanding', { lua: standing, numberOfKeys: 4 });
  redis.defineCommand('onsaleQueueLookUp', { lua: lookUp, numberOfKeys: 3 });
}
