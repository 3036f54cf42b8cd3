import { type ConcertEventType, claimIdsOf } from '../../../domain/events/events.js';
import { endsHolds } from '../../../domain/events/hold-events.js';
import type { RecordedEvent } from '../../../domain/log/recorded-event.js';
import type { LedgerRow } from '../../../postgres/tables.js';
import type { Expiry } from '../../models/expired-holds.js';

/** The events that change the tickets of a purchase or hold, but for those that end holds. */
const kinds: { readonly [Type in ConcertEventType]?: LedgerRow['kind'] } = {
  TicketReserved: 'sold',
  VipAssigned: 'seated',
  PurchaseCancelled: 'cancelled',
  TicketsHeld: 'held',
};

type NewRow = Omit<LedgerRow, 'revision'> & { readonly revision: string };

export const ledgerColumns =
  'concert_id text, revision bigint, place integer, purchase_id text, kind text, ticket_number integer, quantity integer, vip_seats integer';

/** An id in the ledger's form: Postgres stores any text but those with a NUL or half a surrogate pair. */
const ledgerId = (id: string): string => JSON.stringify(id).slice(1, -1);

/**
 * The rows of an event in the ledger: one for each purchase or hold whose tickets it changes. No row for an unreadable event: a read
 * model parks it, and its retry confirms the ledger.
 */
export function ledgerRows({ concertId, revision, decoded }: RecordedEvent): readonly NewRow[] {
  if (!decoded.ok) return [];
  const { type, data } = decoded.event;
  const kind = endsHolds(decoded.event) ? 'hold-ended' : kinds[type];
  if (kind === undefined) return [];
  const number = `${revision}`;
  const ticket_number = 'ticketNumber' in data ? data.ticketNumber : null;
  const [quantity, vip_seats] = type === 'TicketsHeld' ? [data.quantity, data.seats.length] : [null, null];
  // A plain literal: a crowd of holds has a row each.
  return claimIdsOf(decoded.event).map((id, place) => ({
    concert_id: concertId,
    revision: number,
    place,
    purchase_id: ledgerId(id),
    kind,
    ticket_number,
    quantity,
    vip_seats,
  }));
}

/** Whether the event ends holds by time: its rows differ only in their ids. */
export const isExpiry = ({ decoded }: RecordedEvent): boolean =>
  decoded.ok && decoded.event.type === 'HoldsExpired';

export function expiryOf({ concertId, revision, decoded }: RecordedEvent): readonly Expiry[] {
  if (!decoded.ok || decoded.event.type !== 'HoldsExpired') return [];
  const { holdIds, decidedAt } = decoded.event.data;
  return [
    { concert_id: concertId, revision: `${revision}`, ended_at: decidedAt, hold_ids: holdIds.map(ledgerId) },
  ];
}
