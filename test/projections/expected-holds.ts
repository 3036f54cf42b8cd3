import type { ConcertEvent } from '../../src/domain/events/events.js';
import type { HoldRow, WaitingRow } from '../../src/postgres/tables.js';

interface Rows {
  readonly holds: HoldRow[];
  readonly waitingList: WaitingRow[];
}

/** What an event changes of the rows of holds and waiting lists. */
export function changeHolds(rows: Rows, concertId: string, revision: bigint, event: ConcertEvent): void {
  if (event.type === 'HoldsExpired') {
    const ended_at = new Date(event.data.decidedAt);
    for (const row of rows.holds) {
      const isOfIt = row.concert_id === concertId && event.data.holdIds.includes(row.hold_id);
      if (isOfIt && row.status === 'open') Object.assign(row, { status: 'expired', ended_at, revision });
    }
    return;
  }
  if (!('holdId' in event.data)) return;
  const { holdId } = event.data;
  const hold = rows.holds.find((row) => row.concert_id === concertId && row.hold_id === holdId);
  const open = hold?.status === 'open' ? hold : undefined;
  const place = rows.waitingList.find((row) => row.concert_id === concertId && row.hold_id === holdId);
  const at = new Date(event.data.decidedAt);
  switch (event.type) {
    case 'TicketsHeld':
      replace(rows.holds, hold, held(concertId, revision, event.data));
      if (event.data.reason === 'offer' && place !== undefined)
        Object.assign(place, { status: 'offered', ended_at: at, revision });
      break;
    case 'HoldExtended':
      if (open === undefined) break;
      open.expires_at = new Date(event.data.expiresAt);
      open.extensions += 1;
      open.revision = revision;
      break;
    case 'HoldConfirmed':
    case 'LateConfirmationAccepted':
      if (hold === undefined) break;
      hold.late = event.type === 'LateConfirmationAccepted';
      Object.assign(hold, { status: 'confirmed', reference: event.data.reference, ended_at: at, revision });
      break;
    case 'HoldReleased':
      if (open !== undefined) Object.assign(open, { status: 'released', ended_at: at, revision });
      break;
    case 'WaitingListJoined':
      replace(rows.waitingList, place, joined(concertId, revision, event.data));
      break;
    case 'WaitingListLeft': {
      const status = event.data.reason === 'request' ? 'left' : 'limit-reached';
      if (place?.status === 'waiting') Object.assign(place, { status, ended_at: at, revision });
    }
  }
}

function replace<Row>(rows: Row[], before: Row | undefined, row: Row): void {
  if (before !== undefined) rows.splice(rows.indexOf(before), 1);
  rows.push(row);
}

type Data<Type extends ConcertEvent['type']> = Extract<ConcertEvent, { type: Type }>['data'];

const held = (concertId: string, revision: bigint, data: Data<'TicketsHeld'>): HoldRow => ({
  concert_id: concertId,
  hold_id: data.holdId,
  customer_id: data.customerId,
  idempotency_key: data.idempotencyKey,
  quantity: data.quantity,
  seats: [...data.seats],
  reason: data.reason,
  status: 'open',
  arrived_at: new Date(data.arrivedAt),
  held_at: new Date(data.decidedAt),
  expires_at: new Date(data.expiresAt),
  extensions: 0,
  ended_at: null,
  reference: null,
  late: false,
  revision,
});

const joined = (concertId: string, revision: bigint, data: Data<'WaitingListJoined'>): WaitingRow => ({
  concert_id: concertId,
  hold_id: data.holdId,
  customer_id: data.customerId,
  idempotency_key: data.idempotencyKey,
  quantity: data.quantity,
  status: 'waiting',
  arrived_at: new Date(data.arrivedAt),
  joined_at: new Date(data.decidedAt),
  joined_revision: revision,
  ended_at: null,
  revision,
});
