import { Readable } from 'node:stream';
import { type Finding, Tally } from '../domain/findings.js';
import { LogAudit } from '../domain/log-audit.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Database } from '../projections/database.js';
import {
  concertIdsInTables,
  readTables,
  type TableRows,
  type TablesRead,
} from '../projections/table-snapshot.js';
import type { RowDifference } from './compare-rows.js';
import { ConcertTotals } from './expected/concert-totals.js';
import { QueueOrder } from './queue-order.js';
import { SnapshotCheck } from './snapshot-check.js';
import { checkStock, type StockCheckSources } from './stock-check.js';
import { TableCheck } from './table-check.js';

export interface AuditSources extends StockCheckSources {
  readonly store: Pick<EventStore, 'read' | 'readLast' | 'concertIds'>;
  readonly database: Database;
}

export interface ConcertAudit {
  readonly concertId: string;
  /** The last event looked at; -1n for a concert that is in the tables and not in the log. */
  readonly revision: bigint;
  /** I1 to I4, I8 and I10 to I12, and the snapshot if there is one. */
  readonly findings: readonly Finding[];
  /** Rows of read models that are not as the log says: at most 100 of each, I10 counts them all. */
  readonly differences: readonly RowDifference[];
}

export const isSound = ({ findings }: ConcertAudit): boolean =>
  findings.every(({ verdict }) => verdict !== 'broken');

/**
 * Folds a concert's log and holds everything that is derived from it against the fold. Sales and projecting may go on: the
 * tables are compared at the position they were at when they were read, the stock at the revision it is of.
 *
 * Memory: a concert's purchases and rows. Null for a concert that neither log nor tables know.
 * @param onEvents told how many events of the log were taken in since it was last told
 * @throws {EventStoreUnavailable} and what the driver throws when Postgres does not answer
 */
export async function auditConcert(
  sources: AuditSources,
  concertId: string,
  onEvents: (events: number) => void = () => {},
): Promise<ConcertAudit | null> {
  const known = await lookUp(sources, concertId);
  return known === null ? null : auditKnown(sources, known, onEvents);
}

/**
 * Audits every concert of the log, first scheduled first, and after those every one that only the tables know.
 * @param audit what looks at one of them: `auditConcert`, here or in another thread
 * @param atOnce concerts that are looked at at the same time; each takes memory
 */
export async function* auditAll(
  sources: AuditSources,
  audit: (concertId: string) => Promise<ConcertAudit | null>,
  atOnce = 1,
): AsyncGenerator<ConcertAudit> {
  const audits = Readable.from(concertsOf(sources)).map(
    async (concertId: string) => ({ audited: await audit(concertId) }),
    { concurrency: atOnce },
  );
  for await (const { audited } of audits) if (audited !== null) yield audited;
}

async function* concertsOf({ store, database }: AuditSources): AsyncGenerator<string> {
  const seen = new Set<string>();
  for await (const concertId of store.concertIds()) {
    if (!seen.has(concertId)) yield concertId;
    seen.add(concertId);
  }
  for (const concertId of await concertIdsInTables(database)) if (!seen.has(concertId)) yield concertId;
}

/** What there is of a concert at one moment. */
interface Known {
  readonly concertId: string;
  readonly tables: TablesRead;
  readonly snapshot: SnapshotCheck | null;
  /** Of the last event; -1n where there is none. Looked up behind the others, so that it is not before theirs. */
  readonly revision: bigint;
}

async function lookUp({ store, database }: AuditSources, concertId: string): Promise<Known | null> {
  const tables = await readTables(database, concertId);
  const snapshot = await SnapshotCheck.of(database, concertId);
  const last = await store.readLast(concertId);
  if (last === null && areEmpty(await tables.rows)) return null;
  return { concertId, tables, snapshot, revision: last?.revision ?? -1n };
}

const areEmpty = (rows: ReadonlyMap<unknown, TableRows>): boolean =>
  [...rows.values()].every(({ length }) => length === 0);

async function auditKnown(
  sources: AuditSources,
  { concertId, snapshot, revision, ...known }: Known,
  onEvents: (events: number) => void,
): Promise<ConcertAudit> {
  const log = new LogAudit();
  const queue = new QueueOrder();
  const tables = new TableCheck(known.tables.snapshots);
  const totals = new ConcertTotals('stock');
  const unreadable = new Tally();
  for await (const page of sources.store.read(concertId, 0n, Number(revision + 1n))) {
    for (const recorded of page) {
      tables.add(recorded);
      const { decoded } = recorded;
      if (!decoded.ok) {
        unreadable.add(`revision ${recorded.revision}: ${decoded.problem}`);
        continue;
      }
      log.add(decoded.event);
      snapshot?.add(recorded.id, decoded.event);
      queue.add(recorded.revision, decoded.event);
      totals.add(recorded.revision, decoded.event);
    }
    onEvents(page.length);
  }
  const { finding: rows, differences } = tables.finish(await known.tables.rows);
  const stock = await checkStock(sources, concertId, totals, revision);
  const findings = [...log.findings(), rows, stock, queue.finding()];
  if (snapshot !== null) findings.push(snapshot.finding());
  if (unreadable.violations > 0) {
    findings.unshift(unreadable.finding('log', 'every event can be read', `revisions 0 to ${revision}`));
  }
  return { concertId, revision, findings, differences };
}
