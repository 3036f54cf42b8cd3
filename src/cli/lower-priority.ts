import { constants, getPriority, setPriority } from 'node:os';

/**
 * Lowers this process's CPU priority so that live sales on the same machine come first: an operator's long work can wait. Event
 * store and Postgres keep their priority.
 */
export function lowerPriority(): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
}
