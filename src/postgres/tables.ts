import type { Generated } from 'kysely';
import type {
  ConcertRow,
  HoldRow,
  ProjectionName,
  PurchaseRow,
  SalesPerSecondRow,
  StockRow,
  TicketRow,
  WaitingRow,
} from './read-model-tables.js';

export type * from './read-model-tables.js';

/** The rows that read models are kept and made with, and those of snapshots. 64-bit integers are read as bigint. */

/** The progress of a projection's tables. The position moves only in the transaction that writes the rows of the events before it. */
export interface CheckpointRow {
  projection: ProjectionName;
  /** `live` tables are read, `build` tables will replace them. */
  slot: Slot;
  /** Version of the definition that the tables were made by. */
  version: number;
  /** Position in `$all`: unsigned 64 bits as decimal text; null before the first event. */
  commit_position: Generated<string | null>;
  prepare_position: Generated<string | null>;
  /** When the newest event in the tables was recorded. */
  last_event_at: Generated<Date | null>;
  /** `rebuilding` is the state of a build. The live runner leaves paused tables alone. */
  state: 'active' | 'paused' | 'rebuilding';
  /** Whether the tables have been at the end of the log since they were made or resumed. */
  caught_up: Generated<boolean>;
  /** The problem that stopped a rebuild. */
  problem: Generated<string | null>;
  /** Raised whenever another process than its runner changes this row. */
  epoch: Generated<bigint>;
  /** The log that the tables were made from; null before the first event, and where an older version wrote it. */
  log_id: Generated<string | null>;
  /** The last event that was taken. */
  event_id: Generated<string | null>;
  event_concert_id: Generated<string | null>;
  event_revision: Generated<bigint | null>;
  /** Why the tables cannot have been made from the log at hand. */
  foreign_log: Generated<string | null>;
  /** Of a build that was compared and found the same: the epoch of the live tables that it was compared with. */
  compared_epoch: Generated<bigint | null>;
}

/** One row: the process that projects. */
export interface LeaseRow {
  name: 'projecting';
  holder: string | null;
  log_id: string | null;
  /** Raised whenever a process takes the lease. */
  epoch: bigint;
  expires_at: Date;
  problem: string | null;
  problem_since: Date | null;
}

export type Slot = 'live' | 'build';

/** Events of a concert that a projection holds back, because it cannot take the first of them. */
export interface ParkedRow {
  projection: ProjectionName;
  concert_id: string;
  /** The event that could not be taken. */
  revision: bigint;
  /** The last event that waits behind it. */
  last_revision: bigint;
  event_id: string;
  event_type: string;
  problem: string;
  parked_at: Generated<Date>;
}

/** An event that a projection leaves out by an operator's command; rebuilds leave it out too, unless that was undone. */
export interface SkippedRow {
  projection: ProjectionName;
  concert_id: string;
  revision: bigint;
  event_id: string;
  problem: string;
  skipped_at: Generated<Date>;
  /** From then on rebuilds take the event in. Null while the skip lasts. */
  undone_at: Generated<Date | null>;
}

/**
 * One row for each purchase or hold whose tickets an event changes. From these rows, which are written for every event before any
 * read model takes it, follows what a cancellation or the end of a hold gives back: see src/projections/apply/ledger/ledger.ts. Never
 * read by a query.
 */
export interface LedgerRow {
  concert_id: string;
  revision: bigint;
  /** Among the rows of its event, from 0. */
  place: number;
  /** The purchase, or the hold that becomes it. Escaped as in JSON, so that Postgres can hold every id. */
  purchase_id: string;
  kind: 'sold' | 'seated' | 'cancelled' | 'held' | 'hold-ended';
  /** Only of what was sold or seated. */
  ticket_number: number | null;
  /** Tickets and VIP seats of a hold; only of `held`. */
  quantity: number | null;
  vip_seats: number | null;
}

/** One row: how far the ledger has come. */
export interface LedgerPositionRow {
  name: 'ledger';
  commit_position: string | null;
  prepare_position: string | null;
  log_id: string | null;
  event_id: string | null;
  event_concert_id: string | null;
  event_revision: bigint | null;
  /** Raised whenever the ledger is emptied. */
  epoch: bigint;
}

/** The saved state of one concert on the write side: see src/snapshots. Never read by a query. */
export interface SnapshotRow {
  concert_id: string;
  revision: bigint;
  /** Id of the event at that revision in the log that it was made from. */
  event_id: string;
  /** What it takes to read the parts. */
  shape: string;
  taken_at: Generated<Date>;
  /** Number of its last part; the first is 0. */
  last_part: Generated<number>;
}

export interface SnapshotPartRow {
  concert_id: string;
  /** From 0 without gaps. */
  part: number;
  content: string;
}

/** An operator's key: see src/api/access/operator-key.ts. */
export interface ApiKeyRow {
  id: string;
  name: string;
  /** SHA-256 of the secret, which is stored nowhere. */
  hash: Buffer;
  created_at: Generated<Date>;
  /** Null for a key that may be used. */
  revoked_at: Date | null;
}

export interface Tables {
  concerts: ConcertRow;
  tickets: TicketRow;
  purchases: PurchaseRow;
  sales_per_second: SalesPerSecondRow;
  stock: StockRow;
  holds: HoldRow;
  waiting_list: WaitingRow;
  checkpoints: CheckpointRow;
  lease: LeaseRow;
  parked: ParkedRow;
  skipped: SkippedRow;
  ledger: LedgerRow;
  ledger_position: LedgerPositionRow;
  snapshots: SnapshotRow;
  snapshot_parts: SnapshotPartRow;
  api_keys: ApiKeyRow;
}
