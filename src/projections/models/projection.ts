import type { RawBuilder } from 'kysely';
import type { ConcertEvent } from '../../domain/events/events.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { ProjectionName } from '../../postgres/tables.js';
import type { Audited } from './audited.js';

export type { ProjectionName };

/** What an event does to tickets by the fold of the log, whatever the event itself states. */
export interface Effect {
  /** The tickets that go back on sale: the live tickets of a cancelled purchase; none if it was never made or is cancelled already. */
  readonly released: readonly ReleasedTicket[];
  /** The revision at which the ticket was sold that gets the seat; null when no ticket does. */
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
  /** Raised with every change of tables or meaning; tables of an older version have to be rebuilt. */
  readonly version: number;
  readonly tables: readonly string[];
  readonly createTables: readonly Statement[];
  /** Indexes that only reads need; a rebuild makes them when the rows are there. Each `if not exists`, by name. */
  readonly createReadIndexes: readonly Statement[];
  /**
   * What to run, in this order and in one transaction, to take `events` (in log order) into the tables. Pure. A thousand
   * events become a handful of statements. Applying two batches one after the other is the same as applying both as one.
   * The runner sees to it that an event is applied once.
   */
  apply(events: readonly ProjectedEvent[]): readonly Statement[];
  readonly audited: Audited;
}
