import type { CommandObserver } from '../../src/commands/observer.js';
import type { Snapshots } from '../../src/commands/state/snapshots.js';

/** A store without snapshots, which saves none. */
export const nothingOverdue = { concerts: async () => [] };

export const noSnapshots: Snapshots = {
  head: async () => null,
  load: async () => null,
  take: async () => false,
  forget: async () => {},
};

const nothing = () => {};

export const quiet: CommandObserver = {
  inFlight: nothing,
  ranWithoutLock: nothing,
  lockReleaseFailed: nothing,
  appendConflicted: nothing,
  stockWriteFailed: nothing,
  queueBypassed: nothing,
  queueEntriesDropped: nothing,
  holdSweepFailed: nothing,
  snapshotSaved: nothing,
  snapshotSaveFailed: nothing,
  snapshotUsed: nothing,
  snapshotIgnored: nothing,
  concertExceededMemory: nothing,
  logFoundShorter: nothing,
  ownershipBegan: nothing,
  ownershipEnded: nothing,
  handedOver: nothing,
  appended: nothing,
};
