import { randomUUID } from 'node:crypto';
import type { PeerStorage } from './storage.js';

/** Stores nothing: what a POST through this HTTP stack costs at least. */
export const noop = (): PeerStorage => ({
  schedule: async () => {},
  buy: async () => ({ kind: 'accepted', purchaseId: randomUUID(), ticketNumber: 1 }),
  sold: async () => null,
  close: async () => {},
});
