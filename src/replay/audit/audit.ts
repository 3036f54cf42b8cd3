import { Readable } from 'node:stream';
import { EventAudit } from '../../domain/audit/event-audit.js';
import { type Finding, unchecked } from '../../domain/audit/findings.js';
import { LogAudit } from '../../domain/audit/log-audit.js';
import { byCatalogue } from '../../domain/invariants.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Database } from '../../postgres/database.js';
import { concertIdsInTables, readTables, type TablesRead } from '../../projections/queries/audit-rows.js';
import type { StockCache } from '../../redis/stock-cache.js';
import { SnapshotTables } from '../../snapshots/snapshot-tables.js';
import { messageOf } from '../../waiting/message-of.js';
import { QueueOrder } from '../what-if/queue-order.js';
import type { RowDifference } from './compare-rows.js';
import { SnapshotCheck } from './snapshot-check.js';
import { checkStock, type StockCheckSources } from './stock-check.js';
import { TableCheck } from './table-check.js';

export interface AuditSources extends StockCheckSources {
  readonly store: Pick<EventStore, 'read' | 'readLast' | 'concertIds'>;
  readonly database: Database;
}

export interface ConcertAudit {
  readonly concertId: string;
  /** Revision of the last event that was audited; -1n for a concert that is not in the log, or that could not be audited. */
  readonly revision: bigint;
  /**
   * One for the log, one for each invariant that log, read models or stock can judge, and one for the snapshot if there is one.
   */
  readonly findings: readonly Finding[];
  /** Rows that differ from the log: at most 100 of each read model; the finding counts all of them. */
  readonly differences: readonly RowDifference[];
}

/** `violated`: at least one check failed. `unchecked`: no check failed, but at least one could not be made. */
export type Soundness = 'sound' | 'violated' | 'unchecked';

export function soundnessOf({ findings }: ConcertAudit): Soundness {
  if (findings.some(({ verdict }) => verdict === 'violated')) return 'violated';
  return findings.some(({ verdict }) => verdict === 'unchecked') ? 'unchecked' : 'sound';
}

/** Whether every check was made and passed. */
export const isSound = (audit: ConcertAudit): boolean => soundnessOf(audit) === 'sound';

/**
 * Replays a concert's log through an independent model and compares with it everything that is derived from the log. Sales and
 * projecting may go on: the tables are compared at the position that they had when they were read, the stock at its revision. Read
 * models, stock or snapshot that cannot be read are a finding.
 *
 * Memory: a concert's purchases and rows. Returns null for a concert that neither log, tables nor cache know.
 * @param onEvents called with the number of events that were read since the last call
 * @throws {EventStoreUnavailable}
 */
export async function auditConcert(
  sources: AuditSources,
  concertId: string,
  onEvents: (events: number) => void = () => {},
): Promise<ConcertAudit | null> {
  const stored = await lookUp(sources, concertId);
  const audited = await auditStored(sources, stored, onEvents);
  const isNowhere = stored.revision < 0n && stored.snapshot === null && isSound(audited);
  return isNowhere ? null : audited;
}

/**
 * Audits every concert of the log, first scheduled first, and after those every one that only the tables or the stock cache
 * know. A concert that cannot be audited is a finding, and the others are audited.
 * @param audit audits one of them: `auditConcert`, bound to its sources
 * @param atOnce the number of concerts under audit at the same time; each takes memory
 * @throws when the list of concerts cannot be read; concerts that are known by then are audited before
 */
export async function* auditAll(
  sources: AuditSources & { readonly stock: Pick<StockCache, 'concertIds'> | null },
  audit: (concertId: string) => Promise<ConcertAudit | null>,
  atOnce = 1,
): AsyncGenerator<ConcertAudit> {
  const auditOrSay = (concertId: string) =>
    audit(concertId).catch((error: unknown) => notAudited(concertId, error));
  const audits = Readable.from(concertsOf(sources)).map(
    async (concertId: string) => ({ audited: await auditOrSay(concertId) }),
    { concurrency: atOnce },
  );
  for await (const { audited } of audits) if (audited !== null) yield audited;
}

const notAudited = (concertId: string, error: unknown): ConcertAudit => ({
  concertId,
  revision: -1n,
  findings: [unchecked('audit', messageOf(error))],
  differences: [],
});

async function* concertsOf({
  store,
  database,
  stock,
}: Parameters<typeof auditAll>[0]): AsyncGenerator<string> {
  const seen = new Set<string>();
  const inTables = async function* () {
    yield* await concertIdsInTables(database);
  };
  const inCache = stock === null ? [] : [stock.concertIds()];
  for (const ids of [store.concertIds(), inTables(), ...inCache]) {
    for await (const concertId of ids) {
      if (!seen.has(concertId)) yield concertId;
      seen.add(concertId);
    }
  }
}

/** The log, tables and snapshot of a concert at one moment. */
interface Stored {
  readonly concertId: string;
  /** A text when the tables cannot be read: the reason. */
  readonly tables: TablesRead | string;
  readonly snapshot: SnapshotCheck | Finding | null;
  /** Revision of the last event; -1n where there is none. Read after the others, so that it is not older than they are. */
  readonly revision: bigint;
}

/** An audit waits ten times as long for a snapshot as a sale does. */
const snapshotPatience = 10;

async function lookUp({ store, database }: AuditSources, concertId: string): Promise<Stored> {
  const tables = await readTables(database, concertId).catch(messageOf);
  const snapshot = await SnapshotCheck.of(new SnapshotTables(database, snapshotPatience), concertId);
  const last = await store.readLast(concertId);
  return { concertId, tables, snapshot, revision: last?.revision ?? -1n };
}

async function auditStored(
  sources: AuditSources,
  { concertId, snapshot, revision, ...stored }: Stored,
  onEvents: (events: number) => void,
): Promise<ConcertAudit> {
  const reading = new Reading(concertId, stored.tables, snapshot);
  for await (const page of sources.store.read(concertId, 0n, Number(revision + 1n))) {
    // A truncated stream yields as many events, but later ones.
    for (const recorded of page) if (recorded.revision <= revision) reading.add(recorded);
    onEvents(page.length);
  }
  const { finding: rows, differences } = await reading.rows();
  const stock = await checkStock(sources, concertId, reading.log.model, revision);
  const ofSnapshot = snapshot instanceof SnapshotCheck ? snapshot.finding() : snapshot;
  const ofInvariants = [...reading.log.findings(), rows, stock, reading.queue.finding()];
  ofInvariants.sort((a, b) => byCatalogue(a.invariant, b.invariant));
  const findings = [reading.events.finding(revision), ...ofInvariants];
  if (ofSnapshot !== null) findings.push(ofSnapshot);
  return { concertId, revision, findings, differences };
}

/** The checks that run while a log is read. */
class Reading {
  readonly events = new EventAudit();
  readonly log = new LogAudit();
  readonly queue = new QueueOrder();
  readonly #tables: { readonly check: TableCheck; readonly read: TablesRead } | string;

  constructor(
    concertId: string,
    tables: TablesRead | string,
    private readonly snapshot: Stored['snapshot'],
  ) {
    this.#tables =
      typeof tables === 'string'
        ? tables
        : { check: new TableCheck(concertId, tables.snapshots), read: tables };
  }

  add(recorded: RecordedEvent): void {
    const { revision, decoded, id } = recorded;
    this.events.at(revision);
    if (!decoded.ok) {
      this.events.unreadable(revision, decoded.problem);
      return;
    }
    const { event } = decoded;
    const before = this.log.model.before(event);
    const effect = this.log.add(event);
    this.events.add(revision, event, effect, before);
    if (typeof this.#tables !== 'string') this.#tables.check.add(recorded, effect);
    if (this.snapshot instanceof SnapshotCheck) this.snapshot.add(id, event);
    this.queue.add(revision, event);
  }

  async rows(): Promise<ReturnType<TableCheck['finish']>> {
    if (typeof this.#tables === 'string') return notRead(this.#tables);
    const { check, read } = this.#tables;
    try {
      return check.finish(await read.rows);
    } catch (error) {
      return notRead(messageOf(error));
    }
  }
}

const notRead = (problem: string): ReturnType<TableCheck['finish']> => ({
  finding: unchecked('I10', `the read models cannot be read: ${problem}`),
  differences: [],
});
