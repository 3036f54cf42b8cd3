import type { EventStore } from '../event-store/event-store.js';
import type { Database } from '../postgres/database.js';
import type { RedisServers } from '../redis/connect.js';
import type { StockCache } from '../redis/stock-cache.js';
import type { SnapshotTables } from '../snapshots/snapshot-tables.js';
import { loadConfig } from './config.js';
import { findServers } from './dev-servers.js';
import { type ConnectionObserver, openServers } from './open-servers.js';
import { Refused } from './refused.js';

/** What an operator's command works with. */
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
  /** The command only looks: nothing can be written to Postgres, and a schema of another version is refused in words. */
  readonly onlyLooks?: boolean;
}

/**
 * Runs a command on the servers that the environment names; for the rest on those of a service that runs on DATA_DIR, or,
 * when none does, on dev servers started there for as long as the command takes.
 * @throws {Refused} when the configuration is wrong or there is nothing to work on
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

/** Connections are lost in silence: what needs a lost server says so when it gets no answer. */
const unheard: ConnectionObserver = { connectionLost() {}, redisAway() {}, redisBack() {} };

const say = (line: string) => process.stderr.write(`${line}\n`);
