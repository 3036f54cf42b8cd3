import { type ConfirmResult, confirmHold } from '../../domain/holds/confirm-hold.js';
import { type ExtendResult, extendHold } from '../../domain/holds/extend-hold.js';
import { type HoldResult, holdTickets } from '../../domain/holds/hold-tickets.js';
import { type ReleaseResult, releaseHold } from '../../domain/holds/release-hold.js';
import {
  type JoinResult,
  joinWaitingList,
  type LeaveResult,
  leaveWaitingList,
} from '../../domain/holds/waiting-list.js';
import { purchaseIdOf } from '../../domain/ids.js';
import type { RetryLater } from '../outcome.js';
import type { Command, Outcome } from '../pending-command.js';

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

/** The commands on holds and on the waiting list. They do not reject, as those of `Commands` do not. */
export interface HoldCommands {
  hold(request: ClaimRequest): Promise<HoldResult | RetryLater>;
  confirm(request: ConfirmRequest): Promise<ConfirmResult | RetryLater>;
  extend(request: HoldRequest): Promise<ExtendResult | RetryLater>;
  release(request: HoldRequest): Promise<ReleaseResult | RetryLater>;
  joinWaitingList(request: ClaimRequest): Promise<JoinResult | RetryLater>;
  leaveWaitingList(request: HoldRequest): Promise<LeaveResult | RetryLater>;
}

/** @param run carries a command out in the mode of its concert */
export function holdCommands(
  run: <Result>(command: Command<Result>) => Promise<Outcome<Result>>,
): HoldCommands {
  const resultOf = async <Result>(command: Command<Result>): Promise<Result | RetryLater> => {
    const outcome = await run(command);
    return outcome.kind === 'decided' ? outcome.result : outcome;
  };
  return {
    hold(request) {
      const [ids, command] = claim(request);
      return resultOf({ ...ids, decide: (concert, at, found) => holdTickets(command, concert, at, found) });
    },
    confirm: (request) =>
      resultOf({
        ...aboutHold(request),
        size: 2,
        needsHold: request,
        decide: (concert, at, found) => confirmHold(request, concert, at, found),
      }),
    extend: (request) =>
      resultOf({
        ...aboutHold(request),
        needsHold: request,
        decide: (concert, at, found) => extendHold(request, concert, at, found),
      }),
    release: (request) =>
      resultOf({
        ...aboutHold(request),
        decide: (concert, at, found) => releaseHold(request.holdId, concert, at, found),
      }),
    joinWaitingList(request) {
      const [ids, command] = claim(request);
      return resultOf({
        ...ids,
        decide: (concert, at, found) => joinWaitingList(command, concert, at, found),
      });
    },
    leaveWaitingList: (request) =>
      resultOf({
        ...aboutHold(request),
        decide: (concert, at, found) => leaveWaitingList(request.holdId, concert, at, found),
      }),
  };
}

const aboutHold = ({ concertId, holdId }: HoldRequest) => ({ concertId, purchaseId: holdId });

function claim({ concertId, ...request }: ClaimRequest) {
  const holdId = purchaseIdOf(concertId, request.idempotencyKey);
  return [
    { concertId, purchaseId: holdId },
    { holdId, ...request },
  ] as const;
}
