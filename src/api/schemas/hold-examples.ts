import { concertId, purchaseId as holdId } from './examples.js';

/** The story of examples.ts, with holds: Ada holds two tickets, and Bob waits for one. */

const claim = { holdId, concertId, customerId: 'ada', quantity: 2 } as const;
const seats = ['VIP-1'];
const since = '2030-05-01T10:00:00.012Z';

export const open = {
  ...claim,
  revision: '1',
  status: 'open',
  reason: 'request',
  seats,
  since,
  expiresAt: '2030-05-01T10:10:00.012Z',
  extensionsLeft: 2,
} as const;

export const extended = {
  ...open,
  revision: '2',
  expiresAt: '2030-05-01T10:19:00.000Z',
  extensionsLeft: 1,
} as const;

export const released = {
  ...claim,
  revision: '2',
  status: 'released',
  reason: 'request',
  endedAt: '2030-05-01T10:04:00.000Z',
} as const;

export const confirmed = {
  purchaseId: holdId,
  concertId,
  customerId: 'ada',
  reference: 'payment-4711',
  tickets: [
    { number: 1, vip: true, seat: 'VIP-1' },
    { number: 2, vip: false, seat: null },
  ],
  late: false,
  revision: '5',
};

const place = {
  holdId: '8a4f2c1e-3b4d-5c6e-8f70-9a1b2c3d4e5f',
  concertId,
  customerId: 'bob',
  quantity: 2,
} as const;

export const waiting = { ...place, revision: '4', status: 'waiting', since, position: 1 } as const;

export const left = {
  ...place,
  revision: '5',
  status: 'left',
  reason: 'offer',
  endedAt: '2030-05-01T10:04:00.000Z',
} as const;
