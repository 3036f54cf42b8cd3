import { messageOf } from '../waiting/message-of.js';
import { connectRedis, disconnectRedis, settled } from './connect.js';
import type { GuardedRedis } from './guarded-redis.js';

export interface RedisReport {
  /** Without a password. */
  readonly server: string;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
  /** `Redis 7.0.15`, `Valkey 8.1.1`; null when the server does not tell. */
  readonly version: string | null;
  /** The server's clock minus this process's, in ms, and how far off that may be; null when unknown. */
  readonly clock: { readonly aheadMs: number; readonly exactToMs: number } | null;
  /** Why it did not answer INFO, which tells of what follows, and of the version; null when it did. */
  readonly infoProblem: string | null;
  /** What it does when its memory is full, as `noeviction`; null when the server does not tell. */
  readonly maxmemoryPolicy: string | null;
  /** Keys of this user are written to disk; null when the server does not tell. */
  readonly isPersistent: boolean | null;
}

/** Looks at each Redis of an installation; writes one key that expires at once. Never rejects. */
export async function inspectRedis(
  urls: readonly string[],
  namespace: string,
  { commandTimeoutMs, now }: { readonly commandTimeoutMs: number; readonly now: () => number },
): Promise<readonly RedisReport[]> {
  return Promise.all(
    urls.map(async (url) => {
      let problem: string | null = null;
      const servers = connectRedis({
        urls: [url],
        namespace,
        commandTimeoutMs,
        onError: (_server, error) => {
          problem ??= error.message;
        },
      });
      try {
        await settled(servers);
        const { host } = new URL(url);
        if (!servers.primary.usable) return unknownOf(host, problem ?? 'it cannot be used');
        return { server: host, problem, ...(await ask(servers.primary, now)) };
      } catch (error) {
        return unknownOf(new URL(url).host, messageOf(error));
      } finally {
        disconnectRedis(servers);
      }
    }),
  );
}

const unknownOf = (server: string, problem: string): RedisReport => ({
  ...{ server, problem },
  ...{ version: null, clock: null, infoProblem: null, maxmemoryPolicy: null, isPersistent: null },
});

async function ask(redis: GuardedRedis, now: () => number): Promise<Omit<RedisReport, 'server' | 'problem'>> {
  const before = now();
  const [seconds, microseconds] = (await redis.time()).map(Number);
  const exactToMs = (now() - before) / 2;
  const { info, infoProblem } = await redis.info().then(
    (info) => ({ info, infoProblem: null }),
    (error: unknown) => ({ info: '', infoProblem: messageOf(error) }),
  );
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
  const [valkey, version] = [field('valkey_version'), field('redis_version')];
  const aof = field('aof_enabled');
  return {
    version: valkey === null ? version && `Redis ${version}` : `Valkey ${valkey}`,
    clock: {
      aheadMs: (seconds ?? 0) * 1_000 + (microseconds ?? 0) / 1_000 - (before + exactToMs),
      exactToMs,
    },
    infoProblem,
    maxmemoryPolicy: field('maxmemory_policy'),
    isPersistent: aof === null ? null : aof === '1',
  };
}
