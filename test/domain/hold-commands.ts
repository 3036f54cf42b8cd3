import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { NOW } from '../support/scenario.js';
import { purchaseBy } from './concert-events.js';
import { holdBy } from './hold-events.js';

export const hold =
  (customer: string, more = {}, at = NOW) =>
  (concert: Parameters<typeof holdTickets>[1]) =>
    holdTickets(holdBy(customer, { arrivedAt: at, ...more }), concert, at);

export const purchase =
  (customer: string, more = {}, at = NOW) =>
  (concert: Parameters<typeof purchaseTickets>[1]) =>
    purchaseTickets(purchaseBy(customer, { arrivedAt: at, ...more }), concert, at);

export const confirm =
  (customer: string, at: string, more: { reference?: string; decidedAt?: string } = {}) =>
  (concert: Parameters<typeof confirmHold>[1]) =>
    confirmHold(
      { holdId: `hold-of-${customer}`, reference: more.reference ?? 'payment-1', arrivedAt: at },
      concert,
      more.decidedAt ?? at,
    );

export const release =
  (customer: string, at = NOW) =>
  (concert: Parameters<typeof releaseHold>[1]) =>
    releaseHold(`hold-of-${customer}`, concert, at);

export const extend = (customer: string, at: string) => (concert: Parameters<typeof extendHold>[1]) =>
  extendHold({ holdId: `hold-of-${customer}`, arrivedAt: at }, concert, at);

export const refused = (reason: string, more = {}) => ({ kind: 'refused', refusal: { reason, ...more } });
