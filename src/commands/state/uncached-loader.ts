import type { States } from '../decide-with-retry.js';
import type { ConcertLog } from './concert-log.js';

/** Reads the whole stream for every decision and remembers nothing: the textbook way. */
export function statesFromLog(log: ConcertLog): States {
  return {
    current: (concertId) => log.fold(concertId),
    readOn: ({ concertId }) => log.fold(concertId),
    appended: () => {},
  };
}
