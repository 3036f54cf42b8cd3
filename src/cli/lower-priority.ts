import { constants, getPriority, setPriority } from 'node:os';

/**
 * From here on this process comes behind others where there is too little CPU for all: long work of an operator can wait, and
 * sales on the same machine cannot. Event store and Postgres go on as they are.
 */
export function lowerPriority(): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
}
