import type { Database } from '../../src/postgres/database.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { request } from '../commands/support.js';
import { openMigrated } from '../projections/read-side.js';
import { openWriteSide, type WriteSide, type WriteSideOptions } from '../support/services.js';
import { type TestServers, testServers } from '../support/stack.js';

export interface Process extends WriteSide {
  readonly database: Database;
}

/** The write side of a process, with its snapshots. */
export async function startProcess(
  namespace: string,
  servers: TestServers = testServers(),
  more: Partial<WriteSideOptions> = {},
): Promise<Process> {
  const database = await openMigrated(namespace, servers.databaseUrl);
  const snapshots = new SnapshotTables(database);
  const side = await openWriteSide({ namespace, purchaseMode: 'batch', servers, snapshots, ...more });
  return {
    ...side,
    database,
    async close() {
      await side.close();
      await database.close();
    },
  };
}

/** Buys one ticket. @returns its number */
export async function buy({ commands }: WriteSide, concertId: string, customer: string): Promise<number> {
  const outcome = await commands.purchase(request(concertId, customer));
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  return outcome.purchase.tickets[0]?.number ?? Number.NaN;
}
