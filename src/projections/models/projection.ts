import type { RawBuilder } from 'kysely';
import type { ConcertEvent } from '../../domain/events/events.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { StockChange } from '../../domain/tickets/stock-change.js';
import type { ProjectionName } from '../../postgres/tables.js';
import type { Audited } from './audited.js';

export type { ProjectionName };

/** The effect of an event on tickets by the fold of the log, whatever the event itself states. */
export interface Effect extends StockChange {
  /**
   * The tickets that go back on sale: the live tickets of a cancelled purchase; none if it was never made or is cancelled
   * already.
   */
  readonly released: readonly ReleasedTicket[];
  /** The revision at which the seat's ticket was sold; null when no ticket gets it. */
  readonly seated: bigint | null;
}

export interface ReleasedTicket {
  /** The revision at which it was sold. */
  readonly revision: bigint;
  readonly vip: boolean;
}

export type EffectOf = (event: RecordedEvent) => Effect;

/** An event as projections see it. */
export interface ProjectedEvent {
  readonly concertId: string;
  readonly revision: bigint;
  readonly event: ConcertEvent;
  readonly effect: Effect;
}

/** A statement with its parameters, naming tables without a schema. */
export type Statement = RawBuilder<unknown>;

/** A read model as data. Live projecting and rebuilding run the same definition. */
export interface Projection {
  readonly name: ProjectionName;
  /** Raised with every change of tables or meaning; tables of an older version must be rebuilt. */
  readonly version: number;
  readonly tables: readonly string[];
  readonly createTables: readonly Statement[];
  /** Indexes that only reads need; a rebuild creates them after the rows. Each `if not exists`, by name. */
  readonly createReadIndexes: readonly Statement[];
  /**
   * The statements that apply `events` (in log order) to the tables, in this order and in one transaction. Pure. A thousand
   * events become a handful of statements. Applying two batches one after the other gives the same rows as applying both as
   * one. The runner ensures that an event is applied once.
   */
  apply(events: readonly ProjectedEvent[]): readonly Statement[];
  readonly audited: Audited;
}
