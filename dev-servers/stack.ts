import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEventStore } from './servers/event-store.js';
import { startPostgres } from './servers/postgres.js';
import { startRedis } from './servers/redis.js';
import { type Supervisor, startSupervisor } from './watchdog/supervisor.js';

const EVENT_STORE_DATABASE = 'event_store';
const OTHERS_MAY_PASS = 0o711;

export interface GivenServers {
  /** The URL of a server that runs elsewhere: then none is started. The same for the other two. */
  eventStoreUrl?: string;
  /** Empty for a stack without Redis. */
  redisUrl?: string;
  databaseUrl?: string;
}

/** Either a folder for the data of everything started here, made when missing and kept; or `ephemeral`. */
export type StackOptions = GivenServers & {
  /** Called with lines for the user: what is installed or changed on the machine. */
  log?: (line: string) => void;
  /** Called when a server died, with its last lines. It is started again, on its port. */
  logError?: (words: string) => void;
} & (
    | { dataDir: string; ephemeral?: boolean }
    /** Keeps the data in a temporary folder that is deleted with the servers, also after a crash. */
    | { dataDir?: string; ephemeral: true }
  );

export interface Stack {
  eventStoreUrl: string;
  redisUrl: string;
  databaseUrl: string;
  /** The pids of the servers that were started here, as they run now. */
  readonly pids: { eventStore?: number; redis?: number; postgres?: number };
  /** Stops the servers that were started here; resolves when they have ended. The data stays, unless `ephemeral`. */
  stop(): Promise<void>;
}

/**
 * Starts every server that is not given, concurrently, on loopback and on free ports. When one of them does not
 * start, those that did are stopped, and the promise rejects. A data folder serves one process at a time.
 *
 * The servers stop with this process, also after kill -9, and not before it: Ctrl-C does not reach them.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { eventStoreUrl, redisUrl, databaseUrl } = options;
  if (eventStoreUrl !== undefined && redisUrl !== undefined && databaseUrl !== undefined) {
    return { eventStoreUrl, redisUrl, databaseUrl, pids: {}, stop: async () => undefined };
  }
  const folder = options.ephemeral ? await temporaryFolder() : resolve(options.dataDir);
  const supervisor = await startSupervisor({
    folder,
    removeAfterwards: options.ephemeral === true,
    ...(options.logError && { logError: options.logError }),
  });
  try {
    return await startMissing(options, folder, supervisor);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

async function startMissing(options: StackOptions, folder: string, supervisor: Supervisor): Promise<Stack> {
  const log = options.log ?? (() => undefined);
  const needsPostgres = options.databaseUrl === undefined || options.eventStoreUrl === undefined;
  const startingPostgres = needsPostgres
    ? startPostgres({
        ...{ dataDir: join(folder, 'postgres'), supervisor, log },
        ephemeral: options.ephemeral === true,
      })
    : undefined;
  const startingEventStore =
    options.eventStoreUrl === undefined
      ? startingPostgres
          ?.then((postgres) => postgres.database(EVENT_STORE_DATABASE))
          .then((databaseUrl) => startEventStore({ databaseUrl, supervisor }))
      : undefined;
  const startingRedis =
    options.redisUrl === undefined
      ? startRedis({ dataDir: join(folder, 'redis'), supervisor, log })
      : undefined;

  const [postgres, eventStore, redis] = await Promise.all([
    startingPostgres,
    startingEventStore,
    startingRedis,
  ]);
  return {
    eventStoreUrl: chosen(options.eventStoreUrl, eventStore?.url),
    redisUrl: chosen(options.redisUrl, redis?.url),
    databaseUrl: chosen(options.databaseUrl, postgres?.url),
    get pids() {
      return {
        ...(eventStore && { eventStore: eventStore.pid }),
        ...(redis && { redis: redis.pid }),
        ...(postgres && { postgres: postgres.pid }),
      };
    },
    stop: supervisor.stop,
  };
}

function chosen(given: string | undefined, started: string | undefined): string {
  const url = given ?? started;
  if (url === undefined) throw new Error('A server was neither given nor started.');
  return url;
}

/** The account that Postgres runs under must be able to pass through it. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-'));
  await chmod(folder, OTHERS_MAY_PASS);
  return folder;
}
