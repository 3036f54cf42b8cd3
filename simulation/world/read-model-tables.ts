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

/** The ledger as `src/projections/apply/ledger` keeps it: what a cancellation gives back follows from its rows. */
export class LedgerModel implements Ledger {
  position: Position | null = null;
  logId: string | null = null;
  lastEvent: LastEvent | null = null;
  epoch = 0n;
  /** By concert and revision. */
  #rows = new Map<string, Row>();
  /** By concert and id, in the order of the log. */
  #byId = new Map<string, Row[]>();

  /** @throws {CheckpointMoved} with nothing written */
  take({ logId, after, to, events }: Part): void {
    if (this.logId !== null && this.logId !== logId)
      throw new CheckpointMoved('the ledger is of another log');
    const reaches = (position: Position) =>
      this.position !== null && comparePositions(this.position, position) >= 0;
    if (!reaches(to) && after !== null && !reaches(after))
      throw new CheckpointMoved('the ledger does not reach up to the events to apply');
    for (const event of events) this.#put(event);
    if (reaches(to)) return;
    const last = events.at(-1);
    Object.assign(this, { position: to, logId, ...(last === undefined ? {} : { lastEvent: last }) });
  }

  empty(): void {
    Object.assign(this, { position: null, logId: null, lastEvent: null, epoch: this.epoch + 1n });
    this.#rows = new Map();
    this.#byId = new Map();
  }

  /** What the event changes of the tickets sold and held, by the rows with its id. */
  changeBy(event: RecordedEvent): { readonly sold: number; readonly held: number } {
    const row = rowOf(event);
    if (row === null) return { sold: 0, held: 0 };
    if (row.kind === 'sold') return { sold: 1, held: 0 };
    let [sold, held] = [0, 0];
    let change = { sold: 0, held: 0 };
    for (const { kind, quantity, revision } of this.#byId.get(`${event.concertId}/${row.id}`) ?? []) {
      const before = { sold, held };
      if (kind === 'sold') sold += 1;
      else if (kind === 'cancelled') sold = 0;
      else held = kind === 'held' ? quantity : 0;
      change = { sold: sold - before.sold, held: held - before.held };
      if (revision === event.revision) return change;
    }
    return { sold: 0, held: 0 };
  }

  /** The ids of the events that have rows, in the order of the log. */
  eventsOf(concertId: string): readonly string[] {
    const rows = [...this.#rows].flatMap(([key, row]) => (key.startsWith(`${concertId}/`) ? [row] : []));
    return rows.sort((a, b) => Number(a.revision - b.revision)).map(({ event }) => event);
  }

  copy(): LedgerModel {
    const copy = new LedgerModel();
    const { position, logId, lastEvent, epoch } = this;
    Object.assign(copy, { position, logId, lastEvent, epoch });
    for (const [key, row] of this.#rows) copy.#add(key, row);
    return copy;
  }

  /** Replaces what stood at the revision. */
  #put(event: RecordedEvent): void {
    const key = `${event.concertId}/${event.revision}`;
    const before = this.#rows.get(key);
    const row = rowOf(event);
    if (before?.event === row?.event) return;
    if (before !== undefined) {
      const idKey = `${event.concertId}/${before.id}`;
      this.#byId.set(
        idKey,
        (this.#byId.get(idKey) ?? []).filter((each) => each !== before),
      );
      this.#rows.delete(key);
    }
    if (row !== null) this.#add(key, row);
  }

  #add(key: string, row: Row): void {
    const idKey = `${key.slice(0, key.indexOf('/'))}/${row.id}`;
    const rows = this.#byId.get(idKey) ?? [];
    rows.push(row);
    this.#byId.set(
      idKey,
      rows.sort((a, b) => Number(a.revision - b.revision)),
    );
    this.#rows.set(key, row);
  }
}

function rowOf({ id: event, revision, decoded }: RecordedEvent): Row | null {
  if (!decoded.ok) return null;
  const { type, data } = decoded.event;
  const row = (id: string, kind: Row['kind'], quantity = 0): Row => ({ id, revision, event, kind, quantity });
  switch (type) {
    case 'TicketReserved':
      return row(data.purchaseId, 'sold');
    case 'PurchaseCancelled':
      return row(data.purchaseId, 'cancelled');
    case 'TicketsHeld':
      return row(data.holdId, 'held', data.quantity);
    case 'HoldConfirmed':
    case 'HoldReleased':
    case 'HoldExpired':
      return row(data.holdId, 'ended');
    default:
      return null;
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
