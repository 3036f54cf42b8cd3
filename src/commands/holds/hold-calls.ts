import { type ConfirmResult, confirmHold } from '../../domain/holds/confirm-hold.js';
import { type ExtendResult, extendHold } from '../../domain/holds/extend-hold.js';
import { type HoldResult, holdTickets, wouldHold } from '../../domain/holds/hold-tickets.js';
import { type ReleaseResult, releaseHold } from '../../domain/holds/release-hold.js';
import {
  type JoinResult,
  joinWaitingList,
  type LeaveResult,
  leaveWaitingList,
} from '../../domain/holds/waiting-list.js';
import { purchaseIdOf } from '../../domain/ids.js';
import type { Command } from '../pending-command.js';

/** A request for tickets that are not bought yet: to hold them, or to wait for them. */
export interface ClaimRequest {
  readonly concertId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** When the request reached this service, ISO 8601. */
  readonly arrivedAt: string;
}

/** A request that concerns one hold. */
export interface HoldRequest {
  readonly concertId: string;
  readonly holdId: string;
  /** When the request reached this service, ISO 8601. */
  readonly arrivedAt: string;
}

export interface ConfirmRequest extends HoldRequest {
  /** Chosen by the caller, such as the id of a payment: the same reference again is a repeat. */
  readonly reference: string;
}

/** A request about a hold or the waiting list that does once what it asks for, however often it is decided. */
export type RepeatableCall =
  | ({ readonly call: 'hold' | 'join' } & ClaimRequest)
  | ({ readonly call: 'confirm' } & ConfirmRequest)
  | ({ readonly call: 'release' | 'leave' } & HoldRequest);

/** A request about a hold or the waiting list, as data. An extension extends the hold each time it is decided. */
export type HoldCall = RepeatableCall | ({ readonly call: 'extend' } & HoldRequest);

export type HoldCallResult =
  | HoldResult
  | ConfirmResult
  | ExtendResult
  | ReleaseResult
  | JoinResult
  | LeaveResult;

/** The id of the hold, the purchase or the place that a call concerns. */
export const holdIdOf = (call: HoldCall): string =>
  'holdId' in call ? call.holdId : purchaseIdOf(call.concertId, call.idempotencyKey);

export function holdCommand(call: HoldCall): Command<HoldCallResult> {
  const holdId = holdIdOf(call);
  const ids = { concertId: call.concertId, purchaseId: holdId };
  switch (call.call) {
    case 'hold': {
      const request = { holdId, ...call };
      return {
        ...ids,
        decide: (concert, at, found) => holdTickets(request, concert, at, found),
        needsEvent: (concert) => wouldHold(request, concert) || undefined,
      };
    }
    case 'join': {
      const request = { holdId, ...call };
      return { ...ids, decide: (concert, at, found) => joinWaitingList(request, concert, at, found) };
    }
    case 'confirm':
      return {
        ...ids,
        size: 2,
        needsHold: call,
        decide: (concert, at, found) => confirmHold(call, concert, at, found),
        // Sold, or ended by an expiry; what else may become of it is for `decide`.
        needsEvent: ({ holds, status }) =>
          (status !== 'cancelled' && holds.get(holdId)?.status === 'open') || undefined,
      };
    case 'extend':
      return {
        ...ids,
        needsHold: call,
        decide: (concert, at, found) => extendHold(call, concert, at, found),
      };
    case 'release':
      return { ...ids, decide: (concert, at, found) => releaseHold(holdId, concert, at, found) };
    case 'leave':
      return { ...ids, decide: (concert, at, found) => leaveWaitingList(holdId, concert, at, found) };
  }
}
