import { claimIdsOf } from '../../src/domain/events/events.js';
import { isReturn } from '../../src/domain/events/hold-events.js';
import { comparePositions, type Position, type RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { CheckpointMoved, type LastEvent } from '../../src/projections/apply/checkpoints.js';
import type { Ledger } from '../../src/projections/apply/ledger/ledger.js';
import type { CachedStock } from './redis-server.js';

interface Part {
  readonly logId: string;
  readonly after: Position | null;
  readonly to: Position;
  readonly events: readonly RecordedEvent[];
}

/** What an event says of the tickets of a purchase or hold. */
interface Row {
  readonly id: string;
  readonly revision: bigint;
  readonly event: string;
  readonly kind: 'sold' | 'cancelled' | 'held' | 'ended';
  readonly quantity: number;
}

const noChange = { sold: 0, held: 0 };

/** The ledger as `src/projections/apply/ledger` keeps it: what a cancellation gives back follows from its rows. */
export class LedgerModel implements Ledger {
  position: Position | null = null;
  logId: string | null = null;
  lastEvent: LastEvent | null = null;
  epoch = 0n;
  /** By concert and revision: one for each purchase or hold that the event concerns. */
  #rows = new Map<string, readonly Row[]>();
  /** By concert and id, in the order of the log. */
  #byId = new Map<string, readonly Row[]>();

  /** @throws {CheckpointMoved} with nothing written */
  take({ logId, after, to, events }: Part): void {
    if (this.logId !== null && this.logId !== logId)
      throw new CheckpointMoved('the ledger is of another log');
    const reaches = (position: Position) =>
      this.position !== null && comparePositions(this.position, position) >= 0;
    if (!reaches(to) && after !== null && !reaches(after))
      throw new CheckpointMoved('the ledger does not reach up to the events to apply');
    for (const event of events) this.#put(`${event.concertId}/${event.revision}`, rowsOf(event));
    if (reaches(to)) return;
    const last = events.at(-1);
    Object.assign(this, { position: to, logId, ...(last === undefined ? {} : { lastEvent: last }) });
  }

  empty(): void {
    Object.assign(this, { position: null, logId: null, lastEvent: null, epoch: this.epoch + 1n });
    this.#rows = new Map();
    this.#byId = new Map();
  }

  /** What the event changes of the tickets sold and held, by the rows with its ids. */
  changeBy(event: RecordedEvent): { readonly sold: number; readonly held: number } {
    let [sold, held] = [0, 0];
    for (const row of rowsOf(event)) {
      const change = row.kind === 'sold' ? { sold: 1, held: 0 } : this.#changeBy(event.concertId, row);
      [sold, held] = [sold + change.sold, held + change.held];
    }
    return { sold, held };
  }

  #changeBy(concertId: string, { id, revision: at }: Row): { readonly sold: number; readonly held: number } {
    let [sold, held] = [0, 0];
    for (const { kind, quantity, revision } of this.#byId.get(`${concertId}/${id}`) ?? []) {
      const before = { sold, held };
      if (kind === 'sold') sold += 1;
      else if (kind === 'cancelled') sold = 0;
      else held = kind === 'held' ? quantity : 0;
      if (revision === at) return { sold: sold - before.sold, held: held - before.held };
    }
    return noChange;
  }

  copy(): LedgerModel {
    const copy = new LedgerModel();
    const { position, logId, lastEvent, epoch } = this;
    Object.assign(copy, { position, logId, lastEvent, epoch });
    [copy.#rows, copy.#byId] = [new Map(this.#rows), new Map(this.#byId)];
    return copy;
  }

  /** Replaces what stood at the place. */
  #put(key: string, rows: readonly Row[]): void {
    const before = this.#rows.get(key) ?? [];
    if (before.length === rows.length && before.every(({ event }, i) => event === rows[i]?.event)) return;
    const concert = key.slice(0, key.indexOf('/'));
    for (const row of before) {
      const others = this.#byId.get(`${concert}/${row.id}`) ?? [];
      this.#byId.set(
        `${concert}/${row.id}`,
        others.filter((each) => each !== row),
      );
    }
    for (const row of rows) {
      const all = [...(this.#byId.get(`${concert}/${row.id}`) ?? []), row];
      this.#byId.set(
        `${concert}/${row.id}`,
        all.sort((a, b) => Number(a.revision - b.revision)),
      );
    }
    this.#rows.set(key, rows);
  }
}

function rowsOf({ id: event, revision, decoded }: RecordedEvent): readonly Row[] {
  if (!decoded.ok) return [];
  const { type, data } = decoded.event;
  const row = (id: string, kind: Row['kind'], quantity = 0): Row => ({ id, revision, event, kind, quantity });
  switch (type) {
    case 'TicketReserved':
      return [row(data.purchaseId, 'sold')];
    case 'PurchaseCancelled':
      return [row(data.purchaseId, 'cancelled')];
    case 'TicketsHeld':
      return [row(data.holdId, 'held', data.quantity)];
    case 'HoldConfirmed':
      return [row(data.holdId, 'ended')];
    default:
      return isReturn(decoded.event) ? claimIdsOf(decoded.event).map((holdId) => row(holdId, 'ended')) : [];
  }
}

interface ConcertRow {
  capacity: number;
  sold: number;
  held: number;
  revision: bigint;
  /** The ids of the events that were applied, in order. */
  readonly events: readonly string[];
}

/** The tables of one read model: what was applied, in order, and what the stock is by it. */
export class Tables {
  constructor(private readonly concerts: Map<string, ConcertRow>) {}

  take(events: readonly RecordedEvent[], ledger: LedgerModel): void {
    for (const event of events) {
      const before = this.concerts.get(event.concertId) ?? nothing;
      const { sold, held } = ledger.changeBy(event);
      this.concerts.set(event.concertId, {
        capacity: capacityBy(event) ?? before.capacity,
        sold: before.sold + sold,
        held: before.held + held,
        revision: event.revision,
        events: [...before.events, event.id],
      });
    }
  }

  eventsOf(concertId: string): readonly string[] {
    return this.concerts.get(concertId)?.events ?? [];
  }

  stocks(): ReadonlyMap<string, CachedStock> {
    const inOrder = [...this.concerts].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(
      inOrder.map(([concertId, { capacity, sold, held, revision }]) => [
        concertId,
        { remaining: capacity - sold - held, held, revision },
      ]),
    );
  }

  copy = (): Tables => new Tables(new Map(this.concerts));
}

const nothing: ConcertRow = { capacity: 0, sold: 0, held: 0, revision: -1n, events: [] };

export const emptyTables = (): Tables => new Tables(new Map());

const capacityBy = ({ decoded }: RecordedEvent): number | null => {
  if (!decoded.ok) return null;
  const { type, data } = decoded.event;
  return type === 'ConcertScheduled' || type === 'CapacityChanged' ? data.capacity : null;
};
