import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEventStore } from '../../dev-servers/servers/event-store.js';
import { startPostgres } from '../../dev-servers/servers/postgres.js';
import { startRedis } from '../../dev-servers/servers/redis.js';
import { Caretaker } from '../cleanup/caretaker.js';
import { type KillableServer, Nemesis } from './killable-server.js';
import { SmallDisk } from './small-disk.js';

/** The servers of a run. Those that the environment names are used as they are, and cannot be killed. */
export interface Servers {
  readonly eventStoreUrl: string;
  readonly redisUrls: readonly string[];
  readonly databaseUrl: string;
  /** Null for a server that the environment names. */
  readonly store: OwnStore | null;
  readonly redis: readonly OwnRedis[] | null;
  readonly postgres: KillableServer | null;
  /** Sees to it that nothing outlives the run. */
  readonly caretaker: Caretaker;
  /** Resolves when every server runs that was started here. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnStore {
  /** The stand-in itself. */
  readonly server: KillableServer;
  /** The Postgres that it writes to: its disk. */
  readonly postgres: KillableServer;
  readonly disk: SmallDisk;
}

export interface OwnRedis {
  readonly server: KillableServer;
  readonly folder: string;
  /** Keeps a copy of what is on its disk. */
  dump(): Promise<void>;
  /** While it is down: puts the copy, or nothing, in the place of what is on its disk. */
  restore(what: 'dump' | 'nothing'): Promise<void>;
}

/** Three servers, so that the lock can have a quorum; a sale that needs one uses the first. */
const redisServers = 3;

export async function startServers(log: (line: string) => void): Promise<Servers> {
  const caretaker = await Caretaker.start();
  const { folder } = caretaker;
  log(`everything that is started here is in ${folder}`);
  const nemesis = new Nemesis(caretaker);
  const { EVENTSTORE_URL, REDIS_URL, DATABASE_URL } = process.env;
  const disk = SmallDisk.open(join(folder, 'store'), caretaker);
  const stop = async () => {
    await nemesis.stop();
    await caretaker.close();
  };
  try {
    const store = EVENTSTORE_URL ? null : await ownStore(nemesis, disk, log);
    const redis = REDIS_URL ? null : await ownRedis(nemesis, folder, log);
    const postgres = DATABASE_URL
      ? null
      : await startPostgres({ dataDir: join(folder, 'postgres'), supervisor: nemesis, log });
    const postgresServer = postgres === null ? null : nemesis.latest;
    return {
      eventStoreUrl: EVENTSTORE_URL || (store?.url ?? ''),
      redisUrls: REDIS_URL ? REDIS_URL.split(',') : (redis ?? []).map(({ url }) => url),
      databaseUrl: DATABASE_URL || (postgres?.url ?? ''),
      store,
      redis,
      postgres: postgresServer,
      caretaker,
      async heal() {
        disk.empty();
        const servers = [
          ...(redis ?? []).map(({ server }) => server),
          ...(postgresServer === null ? [] : [postgresServer]),
        ];
        for (const server of servers) server.resume();
        await Promise.all(servers.map((server) => server.ensureRunning()));
        if (store === null) return;
        store.server.resume();
        await store.postgres.ensureRunning();
        await store.server.ensureRunning();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ownStore(nemesis: Nemesis, disk: SmallDisk, log: (line: string) => void) {
  const dataDir = join(disk.folder, 'postgres');
  const ofStore = await startPostgres({ dataDir, supervisor: nemesis, log });
  const postgres = nemesis.latest;
  const databaseUrl = await ofStore.database('event_store');
  const { url } = await startEventStore({ databaseUrl, supervisor: nemesis });
  return { url, server: nemesis.latest, postgres, disk };
}

async function ownRedis(nemesis: Nemesis, parent: string, log: (line: string) => void) {
  const servers: (OwnRedis & { readonly url: string })[] = [];
  for (let i = 0; i < redisServers; i++) {
    const folder = join(parent, `redis-${i}`);
    const copy = `${folder}-dump`;
    const { url } = await startRedis({ dataDir: folder, supervisor: nemesis, log });
    servers.push({
      url,
      server: nemesis.latest,
      folder,
      async dump() {
        await rm(copy, { recursive: true, force: true });
        await cp(folder, copy, { recursive: true });
      },
      async restore(what) {
        await rm(folder, { recursive: true, force: true });
        if (what === 'dump') await cp(copy, folder, { recursive: true });
        else await mkdir(folder);
      },
    });
  }
  return servers;
}
