import type { ConcertEvent } from '../../src/domain/events/events.js';
import type { Database } from '../../src/postgres/database.js';
import type {
  ConcertRow,
  HoldRow,
  PurchaseRow,
  SalesPerSecondRow,
  StockRow,
  TicketRow,
  WaitingRow,
} from '../../src/postgres/tables.js';
import { changeHolds } from './expected-holds.js';

interface Recorded {
  readonly concertId: string;
  readonly revision: bigint;
  readonly event: ConcertEvent;
}

export interface AllRows {
  readonly concerts: ConcertRow[];
  readonly tickets: TicketRow[];
  readonly purchases: PurchaseRow[];
  readonly salesPerSecond: SalesPerSecondRow[];
  readonly stock: StockRow[];
  readonly holds: HoldRow[];
  readonly waitingList: WaitingRow[];
}

/** The rows that the tables must have after these events: one event at a time, written for clarity, not speed. */
export function expectedRows(events: readonly Recorded[]): AllRows {
  const rows: AllRows = {
    ...{ concerts: [], tickets: [], purchases: [], salesPerSecond: [], stock: [] },
    ...{ holds: [], waitingList: [] },
  };
  for (const { concertId, revision, event } of events) {
    changeHolds(rows, concertId, revision, event);
    const concert = rows.concerts.find((row) => row.concert_id === concertId);
    const stock = rows.stock.find((row) => row.concert_id === concertId);
    if (event.type === 'ConcertScheduled') schedule(rows, concertId, revision, event.data);
    if (concert === undefined || stock === undefined) continue;
    concert.revision = stock.revision = revision;
    if (event.type === 'CapacityChanged') concert.capacity = stock.capacity = event.data.capacity;
    if (event.type === 'HoldTermsChanged') {
      concert.hold_seconds = event.data.holdSeconds;
      concert.waiting_list = event.data.waitingList;
      concert.offer_seconds = event.data.offerSeconds;
    }
    if (event.type === 'SalesClosed') concert.status = 'closed';
    if (event.type === 'ConcertCancelled') concert.status = 'cancelled';
    if (event.type === 'TicketReserved') {
      concert.sold = stock.sold = concert.sold + 1;
      reserve(rows, concertId, revision, event.data);
    }
    const open = rows.holds.filter((row) => row.concert_id === concertId && row.status === 'open');
    concert.held = stock.held = open.reduce((sum, { quantity }) => sum + quantity, 0);
    concert.vip_held = open.reduce((sum, { seats }) => sum + seats.length, 0);
    if (event.type === 'VipAssigned' && assign(rows, concertId, revision, event.data)) concert.vip_sold += 1;
    if (event.type === 'PurchaseCancelled') {
      const released = cancel(rows, concertId, event.data);
      concert.sold = stock.sold = concert.sold - released.length;
      concert.vip_sold -= released.filter(({ seat }) => seat !== null).length;
    }
  }
  return sorted(rows);
}

export async function actualRows({ kysely }: Database): Promise<AllRows> {
  return sorted({
    concerts: await kysely.selectFrom('concerts').selectAll().execute(),
    tickets: await kysely.selectFrom('tickets').selectAll().execute(),
    purchases: await kysely.selectFrom('purchases').selectAll().execute(),
    salesPerSecond: await kysely.selectFrom('sales_per_second').selectAll().execute(),
    stock: await kysely.selectFrom('stock').selectAll().execute(),
    holds: await kysely.selectFrom('holds').selectAll().execute(),
    waitingList: await kysely.selectFrom('waiting_list').selectAll().execute(),
  });
}

type Data<Type extends ConcertEvent['type']> = Extract<ConcertEvent, { type: Type }>['data'];

function schedule(rows: AllRows, concertId: string, revision: bigint, data: Data<'ConcertScheduled'>): void {
  const time = (text: string | null) => (text === null ? null : new Date(text));
  rows.concerts.push({
    concert_id: concertId,
    name: data.name,
    capacity: data.capacity,
    vip_seats: data.vipSeats,
    tickets_per_customer: data.ticketsPerCustomer,
    sales_open_at: time(data.salesOpenAt),
    sales_close_at: time(data.salesCloseAt),
    starts_at: time(data.startsAt),
    purchase_mode: data.purchaseMode,
    hold_seconds: data.holdSeconds ?? null,
    waiting_list: data.waitingList ?? false,
    offer_seconds: data.offerSeconds ?? null,
    scheduled_at: new Date(data.scheduledAt),
    status: 'scheduled',
    sold: 0,
    vip_sold: 0,
    held: 0,
    vip_held: 0,
    revision,
  });
  rows.stock.push({ concert_id: concertId, capacity: data.capacity, sold: 0, held: 0, revision });
}

function reserve(rows: AllRows, concertId: string, revision: bigint, data: Data<'TicketReserved'>): void {
  rows.tickets.push({
    concert_id: concertId,
    revision,
    number: data.ticketNumber,
    seat: null,
    customer_id: data.customerId,
    purchase_id: data.purchaseId,
    reserved_at: new Date(data.decidedAt),
    released_at: null,
  });
  secondOf(rows, concertId, data.decidedAt).sold += 1;
  const purchase = purchaseOf(rows, concertId, data.purchaseId);
  if (purchase === undefined) {
    rows.purchases.push({
      concert_id: concertId,
      purchase_id: data.purchaseId,
      customer_id: data.customerId,
      idempotency_key: data.idempotencyKey,
      ticket_numbers: [data.ticketNumber],
      seats: {},
      arrived_at: new Date(data.arrivedAt),
      purchased_at: new Date(data.decidedAt),
      cancelled_at: null,
      revision,
    });
  } else {
    if (purchase.cancelled_at !== null) {
      purchase.ticket_numbers = [];
      purchase.seats = {};
    }
    purchase.ticket_numbers.push(data.ticketNumber);
    purchase.customer_id = data.customerId;
    purchase.cancelled_at = null;
    purchase.revision = revision;
  }
}

/** @returns whether the seat went to a ticket that had none */
function assign(rows: AllRows, concertId: string, revision: bigint, data: Data<'VipAssigned'>): boolean {
  const ticket = liveTicketsOf(rows, concertId, data.purchaseId).findLast(
    ({ number }) => number === data.ticketNumber,
  );
  const purchase = purchaseOf(rows, concertId, data.purchaseId);
  if (ticket === undefined || purchase === undefined) return false;
  const isFirst = ticket.seat === null;
  ticket.seat = data.seat;
  purchase.seats[data.ticketNumber] = data.seat;
  purchase.revision = revision;
  return isFirst;
}

/** @returns the tickets that were released */
function cancel(rows: AllRows, concertId: string, data: Data<'PurchaseCancelled'>): TicketRow[] {
  const released = liveTicketsOf(rows, concertId, data.purchaseId);
  const purchase = purchaseOf(rows, concertId, data.purchaseId);
  if (released.length === 0 || purchase === undefined) return [];
  const at = new Date(data.cancelledAt);
  purchase.cancelled_at = at;
  for (const ticket of released) ticket.released_at = at;
  secondOf(rows, concertId, data.cancelledAt).released += released.length;
  return released;
}

const liveTicketsOf = (rows: AllRows, concertId: string, purchaseId: string) =>
  rows.tickets.filter(
    (row) => row.concert_id === concertId && row.purchase_id === purchaseId && row.released_at === null,
  );

const purchaseOf = (rows: AllRows, concertId: string, purchaseId: string) =>
  rows.purchases.find((row) => row.concert_id === concertId && row.purchase_id === purchaseId);

function secondOf(rows: AllRows, concertId: string, time: string): SalesPerSecondRow {
  const second = new Date(Math.floor(Date.parse(time) / 1000) * 1000);
  const found = rows.salesPerSecond.find(
    (row) => row.concert_id === concertId && row.second.getTime() === second.getTime(),
  );
  if (found !== undefined) return found;
  const added = { concert_id: concertId, second, sold: 0, released: 0 };
  rows.salesPerSecond.push(added);
  return added;
}

function sorted(rows: AllRows): AllRows {
  const by = <Row>(list: Row[], key: (row: Row) => string) =>
    list.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return {
    concerts: by(rows.concerts, (row) => row.concert_id),
    tickets: by(rows.tickets, (row) => `${row.concert_id}/${`${row.revision}`.padStart(20)}`),
    purchases: by(rows.purchases, (row) => `${row.concert_id}/${row.purchase_id}`),
    salesPerSecond: by(rows.salesPerSecond, (row) => `${row.concert_id}/${row.second.toISOString()}`),
    stock: by(rows.stock, (row) => row.concert_id),
    holds: by(rows.holds, (row) => `${row.concert_id}/${row.hold_id}`),
    waitingList: by(rows.waitingList, (row) => `${row.concert_id}/${row.hold_id}`),
  };
}
