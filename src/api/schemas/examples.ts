/** One story for all examples of the API document: a concert of three tickets, of which Ada buys two. */

export const concertId = '05e7806c-efd5-56df-b22b-ab48de542d2c';
export const purchaseId = 'b78bde2d-c993-5700-877e-3ad3c943dd1d';

export const requestId = '5f5ef532-d367-449a-8092-8b1324988374';

export const scheduled = {
  concertId,
  name: 'Arooj Aftab',
  capacity: 3,
  sold: 0,
  held: 0,
  remaining: 3,
  vipSeats: 1,
  vipRemaining: 1,
  ticketsPerCustomer: 2,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: '2030-06-01T20:00:00.000Z',
  purchaseMode: null,
  holdSeconds: null,
  waitingList: false,
  offerSeconds: null,
  status: 'scheduled',
  revision: '0',
} as const;

const tickets = [
  { number: 1, vip: true, seat: 'VIP-1' },
  { number: 2, vip: false, seat: null },
];

export const bought = { purchaseId, concertId, customerId: 'ada', tickets, revision: '3' };

export const soldTwo = {
  ...scheduled,
  sold: 2,
  remaining: 1,
  vipRemaining: 0,
  revision: '3',
} as const;

export const live = { ...soldTwo, soldPerSecond: 2 } as const;

export const owned = {
  ...soldTwo,
  owner: { process: 'api-1:4242:1f0c9a3e', since: '2030-05-01T10:00:00.000Z', waiting: 0 },
} as const;

export const place = {
  purchaseId,
  concertId,
  customerId: 'ada',
  status: 'queued',
  position: 12,
} as const;

export const shown = {
  ...bought,
  idempotencyKey: 'ada-1',
  quantity: 2,
  status: 'live',
  arrivedAt: '2030-05-01T10:00:00.000Z',
  purchasedAt: '2030-05-01T10:00:00.012Z',
  cancelledAt: null,
} as const;

export const cancelled = {
  purchaseId,
  concertId,
  customerId: 'ada',
  status: 'cancelled',
  releasedTickets: tickets,
  revision: '4',
} as const;

export const soldTicket = {
  number: 1,
  vip: true,
  seat: 'VIP-1',
  customerId: 'ada',
  purchaseId,
  status: 'live',
  reservedAt: '2030-05-01T10:00:00.012Z',
  releasedAt: null,
  revision: '1',
} as const;

export const seatAssigned = {
  type: 'VipAssigned',
  revision: '2',
  recordedAt: '2030-05-01T10:00:00.016Z',
  data: { concertId, purchaseId, customerId: 'ada', ticketNumber: 1, seat: 'VIP-1' },
};
