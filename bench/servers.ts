import { startStack } from '../dev-servers/stack.js';
import type { CpuGroup } from './measure/cpu.js';

/** The servers of a run: those that the environment names, embedded ones for the rest. */
export interface Servers {
  readonly eventStoreUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** The ids of the servers that were started here. */
  readonly pids: Readonly<Record<Exclude<CpuGroup, 'service' | 'load'>, readonly number[]>>;
  stop(): Promise<void>;
}

/** Embedded servers start empty and leave nothing behind. */
export async function startServers(): Promise<Servers> {
  const { EVENTSTORE_URL, REDIS_URL, DATABASE_URL } = process.env;
  const stack = await startStack({
    ephemeral: true,
    ...(EVENTSTORE_URL ? { eventStoreUrl: EVENTSTORE_URL } : {}),
    ...(REDIS_URL ? { redisUrl: REDIS_URL } : {}),
    ...(DATABASE_URL ? { databaseUrl: DATABASE_URL } : {}),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const { eventStoreUrl, redisUrl, databaseUrl, pids, stop } = stack;
  const list = (pid: number | undefined) => (pid === undefined ? [] : [pid]);
  return {
    eventStoreUrl,
    redisUrl,
    databaseUrl,
    pids: { eventStore: list(pids.eventStore), postgres: list(pids.postgres), redis: list(pids.redis) },
    stop,
  };
}
