import { type Kysely, sql } from 'kysely';
import type { RecordedEvent } from '../../../domain/log/recorded-event.js';
import { liveTickets, type PurchaseSoFar, seatedTicket } from '../../../domain/state/live-tickets.js';
import { noChange } from '../../../domain/tickets/stock-change.js';
import { rows } from '../../../postgres/rows.js';
import type { LedgerRow, Tables } from '../../../postgres/tables.js';
import type { Effect, EffectOf } from '../../models/projection.js';
import { CheckpointMoved } from '../checkpoints.js';
import { eventKey } from '../park.js';
import type { Ledger } from './ledger.js';
import { isExpiry, ledgerRows } from './ledger-rows.js';

const noEffect: Effect = { released: [], seated: null, ...noChange };
const ticketSold: Effect = { ...noEffect, sold: 1 };

/**
 * The effect of each event on tickets, by the rules of a concert's fold. Costs at most three queries: one for cancellations and
 * seats that do not follow their ticket at once, one for holds that earlier batches know, and one for holds that expired.
 * @param events in log order, without gaps in each concert; the ledger has their rows
 * @throws {CheckpointMoved} when the ledger was emptied meanwhile; the transaction must be rolled back
 */
export async function effectsOf(
  transaction: Kysely<Tables>,
  ledger: Ledger,
  events: readonly RecordedEvent[],
): Promise<EffectOf> {
  const effects = new Map<string, Effect>();
  const unknown = new Map<string, PurchaseKey>();
  const expiries: RecordedEvent[] = [];
  for (const [i, event] of events.entries()) {
    if (isExpiry(event)) {
      expiries.push(event);
      continue;
    }
    for (const row of ledgerRows(event)) {
      if (row.kind === 'sold' || isOfHold(row)) continue;
      if (row.kind === 'seated' && follows(event, events[i - 1])) {
        effects.set(eventKey(event), { ...noEffect, seated: event.revision - 1n, vipSold: 1 });
      } else unknown.set(keyOf(row), row);
    }
  }
  if (unknown.size > 0) {
    const histories = await historiesOf(transaction, ledger, unknown.values());
    for (const history of histories) judge(history, effects);
  }
  for (const [key, effect] of await effectsOnHolds(transaction, ledger, events)) effects.set(key, effect);
  if (expiries.length > 0) {
    for (const [key, effect] of await effectsOfExpiries(transaction, ledger, expiries))
      effects.set(key, effect);
  }
  return (event) => {
    if (event.type === 'TicketReserved') return ticketSold;
    return (effects.size === 0 ? undefined : effects.get(eventKey(event))) ?? noEffect;
  };
}

/** Whether a seat is for the ticket that the event before sold. */
function follows(seat: RecordedEvent, before: RecordedEvent | undefined): boolean {
  if (before?.concertId !== seat.concertId || before.revision !== seat.revision - 1n) return false;
  const [[given], [sold]] = [ledgerRows(seat), ledgerRows(before)];
  return (
    sold?.kind === 'sold' &&
    sold.purchase_id === given?.purchase_id &&
    sold.ticket_number === given.ticket_number
  );
}

interface PurchaseKey {
  readonly concert_id: string;
  readonly purchase_id: string;
}

const keyOf = ({ concert_id, purchase_id }: PurchaseKey): string => `${concert_id}/${purchase_id}`;

type History = readonly LedgerRow[];

/**
 * All rows of some purchases, without those of holds, in log order. Each purchase is looked up by its id alone: otherwise Postgres
 * prefers to scan the whole table, or all rows of the concert.
 */
async function historiesOf(
  transaction: Kysely<Tables>,
  { epoch }: Ledger,
  purchases: Iterable<PurchaseKey>,
): Promise<readonly History[]> {
  type Found = { readonly epoch: bigint } & (LedgerRow | { readonly concert_id: null });
  const { rows: found } = await sql<Found>`
    select p.epoch, l.*
    from ledger_position p left join lateral (
      select l.* from ${rows('d', 'concert_id text, purchase_id text', purchases)}
      cross join lateral (select * from ledger where purchase_id = d.purchase_id offset 0) l
      where l.concert_id = d.concert_id and l.kind not in ('held', 'hold-ended')
    ) l on true
    order by l.revision, l.place`.execute(transaction);
  // One statement sees one state of the database: rows of this epoch cannot have been removed by emptying the ledger.
  if (found[0]?.epoch !== epoch) throw new CheckpointMoved('the ledger was emptied');
  const histories = new Map<string, LedgerRow[]>();
  for (const row of found) {
    if (row.concert_id === null) continue;
    const history = histories.get(keyOf(row)) ?? [];
    history.push(row);
    histories.set(keyOf(row), history);
  }
  return [...histories.values()];
}

interface Held {
  readonly held: number;
  readonly vipHeld: number;
}

const nothingHeld: Held = { held: 0, vipHeld: 0 };

/**
 * What the events of holds take and give back, but for expiries. Most holds begin and end in one batch, so only what was held before
 * the first event of each is asked for, and nothing is sent where that is nothing.
 */
async function effectsOnHolds(
  transaction: Kysely<Tables>,
  { epoch }: Ledger,
  events: readonly RecordedEvent[],
): Promise<ReadonlyMap<string, Effect>> {
  const steps = events.flatMap((event) =>
    isExpiry(event) ? [] : ledgerRows(event).flatMap((row) => (isOfHold(row) ? [{ event, row }] : [])),
  );
  const effects = new Map<string, Effect>();
  if (steps.length === 0) return effects;
  const first = new Map(steps.toReversed().map(({ row }) => [keyOf(row), row]));
  const held = await heldBefore(transaction, epoch, [...first.values()]);
  const endings = events
    .filter(isExpiry)
    .flatMap((event) => ledgerRows(event).map((row) => ({ event, row })));
  const inOrder = endings.filter(({ row }) => first.has(keyOf(row)));
  for (const { event, row } of [...steps, ...inOrder].sort((a, b) =>
    Number(a.event.revision - b.event.revision),
  )) {
    const hold = keyOf(row);
    const before = held.get(hold) ?? nothingHeld;
    const after =
      row.kind === 'held' ? { held: row.quantity ?? 0, vipHeld: row.vip_seats ?? 0 } : nothingHeld;
    held.set(hold, after);
    if (isExpiry(event)) continue;
    const change = { held: after.held - before.held, vipHeld: after.vipHeld - before.vipHeld };
    effects.set(eventKey(event), { ...noEffect, ...change });
  }
  return effects;
}

const isOfHold = ({ kind }: Pick<LedgerRow, 'kind'>): boolean => kind === 'held' || kind === 'hold-ended';

/** What each of these holds had before the event of its row; a hold that had nothing is absent. */
async function heldBefore(
  transaction: Kysely<Tables>,
  epoch: bigint,
  asked: readonly (PurchaseKey & { readonly revision: string })[],
): Promise<Map<string, Held>> {
  type Found = PurchaseKey & {
    readonly epoch: bigint;
    readonly quantity: number;
    readonly vip_seats: number;
  };
  const { rows: found } = await sql<Found | { readonly epoch: bigint; readonly concert_id: null }>`
    select p.epoch, h.*
    from ledger_position p left join lateral (
      select d.concert_id, d.purchase_id, b.quantity, b.vip_seats
      from ${rows('d', 'concert_id text, purchase_id text, revision bigint', asked)}
      cross join lateral (
        select l.kind, l.quantity, l.vip_seats from (select * from ledger where purchase_id = d.purchase_id offset 0) l
        where l.concert_id = d.concert_id and l.kind in ('held', 'hold-ended') and l.revision < d.revision
        order by l.revision desc, l.place desc limit 1
      ) b
      where b.kind = 'held'
    ) h on true`.execute(transaction);
  if (found[0]?.epoch !== epoch) throw new CheckpointMoved('the ledger was emptied');
  return new Map(
    found.flatMap((row) =>
      row.concert_id === null
        ? []
        : [[keyOf(row), { held: row.quantity ?? 0, vipHeld: row.vip_seats ?? 0 }] as const],
    ),
  );
}

/**
 * What holds that expired give back, summed up by Postgres: of a crowd of holds, reading the history of each would take longer than
 * all the rest. A hold gives back what it has if its last row before is the one that it began with.
 */
async function effectsOfExpiries(
  transaction: Kysely<Tables>,
  { epoch }: Ledger,
  expiries: readonly RecordedEvent[],
): Promise<readonly (readonly [key: string, Effect])[]> {
  type Sum = {
    readonly concert_id: string;
    readonly revision: bigint;
    readonly held: number;
    readonly vip: number;
  };
  const events = expiries.map(({ concertId, revision }) => ({
    concert_id: concertId,
    revision: `${revision}`,
  }));
  const { rows: found } = await sql<{ readonly epoch: bigint } & Sum>`
    select p.epoch, d.concert_id, d.revision, sums.held, sums.vip
    from ledger_position p cross join ${rows('d', 'concert_id text, revision bigint', events)}
    cross join lateral (
      select coalesce(sum(b.quantity), 0)::integer as held, coalesce(sum(b.vip_seats), 0)::integer as vip
      from (select * from ledger where concert_id = d.concert_id and revision = d.revision offset 0) e
      cross join lateral (
        select l.kind, l.quantity, l.vip_seats from (select * from ledger where purchase_id = e.purchase_id offset 0) l
        where l.concert_id = e.concert_id and l.kind in ('held', 'hold-ended')
          and (l.revision, l.place) < (e.revision, e.place)
        order by l.revision desc, l.place desc limit 1
      ) b
      where b.kind = 'held'
    ) sums`.execute(transaction);
  if (found[0]?.epoch !== epoch) throw new CheckpointMoved('the ledger was emptied');
  return found.map(({ concert_id: concertId, revision, held, vip }) => [
    eventKey({ concertId, revision }),
    { ...noEffect, held: 0 - held, vipHeld: 0 - vip },
  ]);
}

interface SoldTicket {
  readonly number: number;
  readonly revision: bigint;
  vip: boolean;
}

/** Adds the effects of the events of one purchase. */
function judge(history: History, effects: Map<string, Effect>): void {
  let purchase: PurchaseSoFar<SoldTicket>;
  for (const { concert_id: concertId, revision, kind, ticket_number } of history) {
    const number = ticket_number ?? 0;
    const key = eventKey({ concertId, revision });
    if (kind === 'sold') {
      purchase = { tickets: [...liveTickets(purchase), { number, revision, vip: false }], status: 'live' };
    } else if (kind === 'seated') {
      const ticket = seatedTicket(purchase, number);
      if (ticket === undefined) continue;
      effects.set(key, { ...noEffect, seated: ticket.revision, vipSold: ticket.vip ? 0 : 1 });
      ticket.vip = true;
    } else {
      const released = liveTickets(purchase);
      const vipSold = -released.filter(({ vip }) => vip).length;
      if (released.length > 0) effects.set(key, { ...noEffect, released, sold: -released.length, vipSold });
      purchase = { tickets: released, status: 'cancelled' };
    }
  }
}
