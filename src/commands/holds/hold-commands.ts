import type { ConfirmResult } from '../../domain/holds/confirm-hold.js';
import type { ExtendResult } from '../../domain/holds/extend-hold.js';
import type { HoldResult } from '../../domain/holds/hold-tickets.js';
import type { ReleaseResult } from '../../domain/holds/release-hold.js';
import type { JoinResult, LeaveResult } from '../../domain/holds/waiting-list.js';
import type { RetryLater } from '../outcome.js';
import type { ClaimRequest, ConfirmRequest, HoldCall, HoldCallResult, HoldRequest } from './hold-calls.js';

export type { ClaimRequest, ConfirmRequest, HoldRequest };

/** The commands on holds and on the waiting list. They do not reject, as those of `Commands` do not. */
export interface HoldCommands {
  hold(request: ClaimRequest): Promise<HoldResult | RetryLater>;
  confirm(request: ConfirmRequest): Promise<ConfirmResult | RetryLater>;
  extend(request: HoldRequest): Promise<ExtendResult | RetryLater>;
  release(request: HoldRequest): Promise<ReleaseResult | RetryLater>;
  joinWaitingList(request: ClaimRequest): Promise<JoinResult | RetryLater>;
  leaveWaitingList(request: HoldRequest): Promise<LeaveResult | RetryLater>;
}

/** @param run has a call decided in the mode of its concert, by its own decider */
export function holdCommands(run: (call: HoldCall) => Promise<HoldCallResult | RetryLater>): HoldCommands {
  // The decider of a call has the type of its result.
  const ask = <Result extends HoldCallResult>(call: HoldCall) => run(call) as Promise<Result | RetryLater>;
  return {
    hold: (request) => ask({ call: 'hold', ...request }),
    confirm: (request) => ask({ call: 'confirm', ...request }),
    extend: (request) => ask({ call: 'extend', ...request }),
    release: (request) => ask({ call: 'release', ...request }),
    joinWaitingList: (request) => ask({ call: 'join', ...request }),
    leaveWaitingList: (request) => ask({ call: 'leave', ...request }),
  };
}
