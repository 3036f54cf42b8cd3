import { type Kysely, sql } from 'kysely';
import type { VipAssigned } from '../../domain/events/events.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import { liveTickets, type PurchaseSoFar, seatedTicket } from '../../domain/state/live-tickets.js';
import { rows } from '../../postgres/rows.js';
import type { LedgerRow, Tables } from '../../postgres/tables.js';
import type { Effect, EffectOf } from '../models/projection.js';
import { CheckpointMoved } from './checkpoints.js';
import { type Ledger, ledgerId } from './ledger.js';
import { eventKey } from './park.js';

const noEffect: Effect = { released: [], seated: null };

/**
 * The effect of each event on tickets, by the rules of a concert's fold. Costs at most one query: only for a cancellation, or
 * for a seat that does not follow its ticket at once.
 * @param events in log order; the ledger has their rows
 * @throws {CheckpointMoved} when the ledger was emptied meanwhile; the transaction must be rolled back
 */
export async function effectsOf(
  transaction: Kysely<Tables>,
  ledger: Ledger,
  events: readonly RecordedEvent[],
): Promise<EffectOf> {
  const effects = new Map<string, Effect>();
  const unknown = new Map<string, PurchaseKey>();
  for (const [i, event] of events.entries()) {
    if (!event.decoded.ok) continue;
    const { type, data } = event.decoded.event;
    if (type === 'VipAssigned' && follows(event, data, events[i - 1])) {
      effects.set(eventKey(event), { released: [], seated: event.revision - 1n });
    } else if (type === 'VipAssigned' || type === 'PurchaseCancelled') {
      const key = { concert_id: event.concertId, purchase_id: ledgerId(data.purchaseId) };
      unknown.set(keyOf(key), key);
    }
  }
  if (unknown.size > 0) {
    const histories = await historiesOf(transaction, ledger, unknown.values());
    for (const history of histories) judge(history, effects);
  }
  const mayHave = (type: string) => type === 'VipAssigned' || type === 'PurchaseCancelled';
  return (event) => (mayHave(event.type) ? effects.get(eventKey(event)) : undefined) ?? noEffect;
}

/** Whether a seat is for the ticket that the event before sold. */
function follows(
  { concertId, revision }: RecordedEvent,
  { purchaseId, ticketNumber }: VipAssigned['data'],
  before: RecordedEvent | undefined,
): boolean {
  if (before?.concertId !== concertId || before.revision !== revision - 1n || !before.decoded.ok)
    return false;
  const { type, data } = before.decoded.event;
  return type === 'TicketReserved' && data.purchaseId === purchaseId && data.ticketNumber === ticketNumber;
}

interface PurchaseKey {
  readonly concert_id: string;
  readonly purchase_id: string;
}

const keyOf = ({ concert_id, purchase_id }: PurchaseKey): string => `${concert_id}/${purchase_id}`;

type History = readonly LedgerRow[];

/**
 * All rows of some purchases, in log order. Each purchase is looked up by its id alone: otherwise Postgres prefers to scan the
 * whole table, or all rows of the concert.
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
      where l.concert_id = d.concert_id
    ) l on true
    order by l.revision`.execute(transaction);
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
      ticket.vip = true;
      effects.set(key, { released: [], seated: ticket.revision });
    } else {
      const released = liveTickets(purchase);
      if (released.length > 0) effects.set(key, { released, seated: null });
      purchase = { tickets: released, status: 'cancelled' };
    }
  }
}
