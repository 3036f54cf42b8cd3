import { jumpingClock } from './clock.js';
import type { Fault } from './fault.js';
import { brokenPath, duplicates, killedPostgres, rollingRestart } from './others.js';
import { killedOwner, pausedOwner } from './owner.js';
import { lostRedis, silentRedis } from './redis.js';
import { awayStore, fullDisk, interruptedStore } from './store.js';

export const faults: readonly Fault[] = [
  killedOwner,
  pausedOwner,
  lostRedis,
  silentRedis,
  jumpingClock,
  interruptedStore,
  awayStore,
  killedPostgres,
  duplicates,
  brokenPath,
  fullDisk,
  rollingRestart,
];

/** @throws {TypeError} when there is no such fault */
export function faultNamed(id: string): Fault {
  const fault = faults.find((each) => each.id === id);
  if (fault === undefined)
    throw new TypeError(`there is no fault ${id}: ${faults.map(({ id }) => id).join(', ')}`);
  return fault;
}
