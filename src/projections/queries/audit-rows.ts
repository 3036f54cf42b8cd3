import { sql, type Transaction } from 'kysely';
import type { Position } from '../../domain/log/recorded-event.js';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import { loadCheckpoints } from '../apply/checkpoints.js';
import { loadLedger } from '../apply/ledger/ledger.js';
import { type Audited, same } from '../models/audited.js';
import { ExpectedLedger } from '../models/expected/ledger.js';
import { projectionNamed, projections } from '../models/index.js';

/** The tables that an audit compares with the log: the read models, and the ledger. */
export type AuditedName = ProjectionName | 'ledger';

/** A projection's progress in one concert, at one moment. */
export interface TableSnapshot {
  readonly projection: AuditedName;
  /** Null for the ledger, which has no version. */
  readonly version: number | null;
  /** The rows hold every event up to here except those below. Null before the first event. */
  readonly position: Position | null;
  /** The concert is parked from this revision on, and why; null when it is not. */
  readonly parkedFrom: { readonly revision: bigint; readonly problem: string } | null;
  /** Revisions of the concert that an operator skipped. */
  readonly skipped: ReadonlySet<bigint>;
}

/**
 * The rows of a table in the order of their first column, `rowsPerBlock` to a block, one to a line: the columns of the
 * projection's `audited`, as Postgres writes a JSON array. Text in large pieces is quick to send, to keep and to compare.
 */
export type TableRows = readonly string[];

export const rowsPerBlock = 5_000;

const auditedTables = [...projections.map(({ tables: [table = ''] }) => table), 'ledger'];

const ledger: Audited = {
  columns: [
    ['revision', 'array[revision, place]'],
    ...same('purchase_id', 'kind', 'ticket_number', 'quantity', 'vip_seats'),
  ],
  expected: () => new ExpectedLedger(),
};

export const auditedNamed = (name: AuditedName): Audited =>
  name === 'ledger' ? ledger : projectionNamed(name).audited;

const tableOf = (name: AuditedName): string =>
  name === 'ledger' ? name : (projectionNamed(name).tables[0] ?? '');

/** Whether the table can be compared: one of another version may have other columns. */
export const isOfThisVersion = ({ projection, version }: TableSnapshot): boolean =>
  version === versionNeeded(projection);

export const versionNeeded = (name: AuditedName): number | null =>
  name === 'ledger' ? null : projectionNamed(name).version;

/** All read models of a concert at one moment. */
export interface TablesRead {
  readonly snapshots: readonly TableSnapshot[];
  /** The rows of the tables of this version at that moment; they are read later, at the reader's pace. */
  readonly rows: Promise<ReadonlyMap<AuditedName, TableRows>>;
}

/**
 * All read models of a concert at one moment, whatever is projected or swapped meanwhile. Resolves when the moment is fixed;
 * its rows are read after that, and a swap of tables waits for the reader.
 */
export function readTables({ kysely }: Database, concertId: string): Promise<TablesRead> {
  return new Promise((resolve, reject) => {
    const rows = kysely
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (transaction) => {
        await holdTables(transaction);
        await prepareForSorting(transaction);
        const snapshots = await snapshotsOf(transaction, concertId);
        resolve({ snapshots, rows });
        const all = new Map<AuditedName, TableRows>();
        for (const { projection } of snapshots.filter(isOfThisVersion)) {
          all.set(projection, await rowsOf(transaction, projection, concertId));
        }
        return all;
      });
    rows.catch(reject);
  });
}

/** Locks come before the snapshot: tables swapped in after it would seem empty in it. */
async function holdTables(transaction: Transaction<Tables>): Promise<void> {
  const tables = auditedTables.map((table) => sql.table(table));
  await sql`lock table ${sql.join(tables)} in access share mode`.execute(transaction);
}

/** Compiling the queries would take longer than running them, and rows that do not fit in memory would be sorted on disk. */
async function prepareForSorting(transaction: Transaction<Tables>): Promise<void> {
  await sql`set local jit = off`.execute(transaction);
  await sql`set local work_mem = '64MB'`.execute(transaction);
}

async function snapshotsOf(
  transaction: Transaction<Tables>,
  concertId: string,
): Promise<readonly TableSnapshot[]> {
  const waiting = await exceptionsFor(transaction, concertId);
  const live = (await loadCheckpoints(transaction)).filter(({ slot }) => slot === 'live');
  const models = live.map(({ projection, version, position }) => ({
    projection,
    version,
    position,
    ...waiting(projection),
  }));
  const { position } = await loadLedger(transaction);
  return [...models, { projection: 'ledger', version: null, position, parkedFrom: null, skipped: new Set() }];
}

async function exceptionsFor(transaction: Transaction<Tables>, concertId: string) {
  const parked = await transaction
    .selectFrom('parked')
    .select(['projection', 'revision', 'problem'])
    .where('concert_id', '=', concertId)
    .execute();
  const skipped = await transaction
    .selectFrom('skipped')
    .select(['projection', 'revision'])
    .where('concert_id', '=', concertId)
    .execute();
  return (projection: ProjectionName) => ({
    parkedFrom: parked.find((row) => row.projection === projection) ?? null,
    skipped: new Set(skipped.filter((row) => row.projection === projection).map(({ revision }) => revision)),
  });
}

async function rowsOf(
  transaction: Transaction<Tables>,
  name: AuditedName,
  concertId: string,
): Promise<TableRows> {
  const { columns } = auditedNamed(name);
  const [key] = columns;
  const values = columns.map(([, value]) => value).join(', ');
  const { rows } = await sql<{ block: string }>`
    select string_agg(row, e'\\n' order by place) as block
    from (
      select json_build_array(${sql.raw(values)})::text as row,
        row_number() over (order by ${sql.raw(key?.[1] ?? 'null')}) - 1 as place
      from ${sql.table(tableOf(name))} where concert_id = ${concertId}
    ) placed
    group by place / ${sql.lit(rowsPerBlock)} order by place / ${sql.lit(rowsPerBlock)}`.execute(transaction);
  return rows.map(({ block }) => block);
}

/** The ids of all concerts that have a row in any table: read models, parked and skipped events, snapshots. */
export async function concertIdsInTables({ kysely }: Database): Promise<readonly string[]> {
  const tables = [...auditedTables, 'parked', 'skipped', 'snapshots'];
  const each = tables.map((table) => sql`select concert_id from ${sql.table(table)}`);
  const { rows } = await sql<{ concert_id: string }>`${sql.join(each, sql` union `)}`.execute(kysely);
  return rows.map(({ concert_id }) => concert_id);
}

/**
 * The concert of a purchase, hold or place in a waiting list with this id, or those at which a customer has one, as far as they are
 * projected.
 */
export async function concertsOf(
  { kysely }: Database,
  whose: { readonly id: string } | { readonly customerId: string },
): Promise<readonly string[]> {
  const of = (table: string, idColumn: string) => {
    const column = 'id' in whose ? idColumn : 'customer_id';
    const value = 'id' in whose ? whose.id : whose.customerId;
    return sql`select concert_id from ${sql.table(table)} where ${sql.ref(column)} = ${value}`;
  };
  const { rows } = await sql<{ concert_id: string }>`
    ${of('purchases', 'purchase_id')} union ${of('holds', 'hold_id')} union ${of('waiting_list', 'hold_id')}
    order by concert_id`.execute(kysely);
  return rows.map(({ concert_id }) => concert_id);
}

/** Events in the read models; an estimate of the log's length. */
export async function countProjectedEvents({ kysely }: Database): Promise<number> {
  const { rows } = await sql<{ events: string }>`
    select coalesce(sum(revision + 1), 0)::text as events from concerts`.execute(kysely);
  return Number(rows[0]?.events ?? 0);
}
