import type { ArrivalQueue } from '../../src/commands/ports.js';

const unreachable = () => Promise.reject(new Error('the simulation has no arrival queue'));

/** Ownership is not simulated: modes `batch` and `queue` find the queue unreachable and decide without an owner. */
export const unreachableQueue: ArrivalQueue = {
  reachable: false,
  ownerLeaseMs: 1_000,
  onReply: () => {},
  onCall: () => {},
  newToken: () => '',
  join: unreachable,
  leave: unreachable,
  claim: unreachable,
  renew: unreachable,
  release: unreachable,
  releaseIfEmpty: unreachable,
  owner: unreachable,
  read: unreachable,
  answer: unreachable,
  standing: unreachable,
  leftLine: unreachable,
  concertsWaiting: unreachable,
  withoutOwner: unreachable,
};
