import { installationNames } from '../installation/names.js';
import { GuardedRedis, type GuardOptions } from './guarded-redis.js';

/** The Redis servers of an installation and the prefix of its keys. */
export interface RedisServers {
  /** Holds stock cache and queues. */
  readonly primary: GuardedRedis;
  /** A second connection to the primary: a subscribed connection can run no other commands. */
  readonly subscriber: GuardedRedis;
  /** All servers, independent of each other: the quorum of the lock. */
  readonly all: readonly GuardedRedis[];
  /** `<namespace>:`, or `onsale:` without a namespace. */
  readonly prefix: string;
}

export interface RedisOptions {
  readonly urls: readonly string[];
  readonly namespace: string;
  /** The time-out of a command, in ms; its server then counts as away. */
  readonly commandTimeoutMs: number;
  /** Called once per outage of a server. */
  readonly onError: (server: string, error: Error) => void;
  /** Called when a server that was away is usable again. */
  readonly onBack?: (server: string) => void;
}

/**
 * Connects to all servers, and reconnects without end to a server that is away. Until it is back every command fails without
 * waiting, so that no queue builds up for a dead or silent Redis.
 */
export function connectRedis(options: RedisOptions): RedisServers {
  const { urls, namespace, commandTimeoutMs, onError, onBack = () => {} } = options;
  const prefix = installationNames(namespace).redisPrefix;
  const connect = (url: string, what: string, probe: GuardOptions['probe']): GuardedRedis => {
    const server = `${redactUrl(url)}${what}`;
    return new GuardedRedis({
      url,
      commandTimeoutMs,
      probe,
      onAway: (error) => onError(server, error),
      onBack: () => onBack(server),
    });
  };
  // A write detects what a ping does not: a replica, full memory, a disk that can't be written to.
  const connectToWrite = (url: string) => connect(url, '', ['set', `${prefix}probe`, '1', 'px', '1000']);
  const [first, ...others] = urls;
  if (first === undefined) throw new TypeError('at least one Redis URL is needed');
  const primary = connectToWrite(first);
  return {
    primary,
    subscriber: connect(first, ' (subscriptions)', ['ping']),
    all: [primary, ...others.map(connectToWrite)],
    prefix,
  };
}

/** Resolves when every server has been found usable or away; never rejects. */
export async function settled({ all, subscriber }: RedisServers): Promise<void> {
  await Promise.all([...all, subscriber].map((redis) => redis.tried));
}

export function disconnectRedis({ all, subscriber }: RedisServers): void {
  for (const redis of [...all, subscriber]) redis.disconnect();
}

function redactUrl(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}`;
}
