import type { EventStore } from '../event-store/event-store.js';
import type { Database } from '../postgres/database.js';
import type { RedisServers } from '../redis/connect.js';
import type { StockCache } from '../redis/stock-cache.js';
import type { SnapshotTables } from '../snapshots/snapshot-tables.js';
import { loadConfig } from './config.js';
import { findServers } from './dev-servers.js';
import { type ConnectionObserver, openServers } from './open-servers.js';
import { Refused } from './refused.js';

/** The servers and modules of an operator's command. */
export interface CliContext {
  readonly store: EventStore;
  readonly database: Database;
  /** Null for an installation without Redis. */
  readonly stock: StockCache | null;
  /** Null for an installation without Redis. */
  readonly redis: RedisServers | null;
  readonly snapshots: SnapshotTables;
}

export interface CliContextOptions {
  /** Start dev servers on a data folder that does not exist yet. */
  readonly mayCreate?: boolean;
  /** The command only reads: Postgres refuses writes, and a schema of another version is refused with an explanation. */
  readonly onlyLooks?: boolean;
}

/**
 * Runs a command on the servers that the environment names, for the rest on those of a service that runs on DATA_DIR, or, if
 * none does, on dev servers started there for the duration of the command.
 * @throws {Refused} when the configuration is wrong, or there are no servers and no data
 */
export async function withCliContext<Result>(
  run: (tools: CliContext) => Promise<Result>,
  options: CliContextOptions = {},
): Promise<Result> {
  const loaded = loadConfig(process.env);
  if (!loaded.ok) throw new Refused(loaded.problems.join('\n'));
  const { config } = loaded;
  const { servers, stop } = await findServers(config, options.mayCreate ?? false, {
    log: say,
    logError: say,
  });
  try {
    const readOnly = options.onlyLooks ?? false;
    const { store, redis, database, snapshots, close } = await openServers(config, servers, unheard, {
      readOnly,
    });
    try {
      return await run({
        store,
        database,
        stock: redis?.stock ?? null,
        redis: redis?.servers ?? null,
        snapshots,
      });
    } finally {
      await close();
    }
  } finally {
    await stop();
  }
}

/** A lost connection is not reported: a command that needs the server fails when it gets no answer. */
const unheard: ConnectionObserver = { connectionLost() {}, redisAway() {}, redisBack() {} };

const say = (line: string) => process.stderr.write(`${line}\n`);
