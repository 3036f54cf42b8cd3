import type { ArrivalQueue } from '../../src/commands/ports.js';

const unreachable = () => Promise.reject(new Error('the simulation has no arrival queue'));

/** Mode `queue` is not simulated: its purchases find the queue unreachable and run in mode `batch`. */
export const unreachableQueue: ArrivalQueue = {
  reachable: false,
  onReply: () => {},
  join: unreachable,
  leave: unreachable,
  claim: unreachable,
  release: unreachable,
  read: unreachable,
  answer: unreachable,
  standing: unreachable,
  leftLine: unreachable,
  concertsWaiting: unreachable,
};
