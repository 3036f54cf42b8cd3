import { Redis } from 'ioredis';
import { installationNames } from '../installation/names.js';

/** The Redis servers of an installation and the prefix of its keys. */
export interface RedisServers {
  /** Holds stock cache and queues. */
  readonly primary: Redis;
  /** A second connection to the primary: one that listens can do nothing else. */
  readonly subscriber: Redis;
  /** All of them, independent of each other: the quorum of the lock. */
  readonly all: readonly Redis[];
  /** `<namespace>:`, or `onsale:` for none. */
  readonly prefix: string;
}

export interface RedisOptions {
  readonly urls: readonly string[];
  readonly namespace: string;
  /** How long a command may take, in ms. */
  readonly commandTimeoutMs: number;
  readonly onError: (url: string, error: Error) => void;
}

const longestReconnectPauseMs = 500;

/**
 * Connects lazily and for good: a lost server is tried again without end, and until it is back every command fails at once
 * instead of waiting, so that nothing queues up behind a dead Redis.
 */
export function connectRedis({ urls, namespace, commandTimeoutMs, onError }: RedisOptions): RedisServers {
  const connect = (url: string): Redis => {
    const redis = new Redis(url, {
      commandTimeout: commandTimeoutMs,
      connectTimeout: 2_000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 50, longestReconnectPauseMs),
    });
    redis.on('error', (error) => onError(redactUrl(url), error));
    return redis;
  };
  const [first, ...others] = urls;
  if (first === undefined) throw new TypeError('at least one Redis URL is needed');
  const primary = connect(first);
  return {
    primary,
    subscriber: connect(first),
    all: [primary, ...others.map(connect)],
    prefix: installationNames(namespace).redisPrefix,
  };
}

/** Resolves when every server has answered or failed its first connection attempt; never rejects. */
export async function settled({ all, subscriber }: RedisServers): Promise<void> {
  await Promise.all(
    [...all, subscriber].map((redis) =>
      redis.status === 'ready'
        ? undefined
        : new Promise<void>((resolve) => {
            redis.once('ready', resolve);
            redis.once('close', resolve);
          }),
    ),
  );
}

export function disconnectRedis({ all, subscriber }: RedisServers): void {
  for (const redis of [...all, subscriber]) redis.disconnect();
}

function redactUrl(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}`;
}
