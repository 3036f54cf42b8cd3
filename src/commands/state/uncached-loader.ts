import type { StateLoader } from '../decide-with-retry.js';
import type { ConcertLog } from './concert-log.js';

/** Reads the whole stream for every decision and remembers nothing: the textbook way. */
export function uncachedLoader(log: ConcertLog): StateLoader {
  return {
    load: (concertId) => log.fold(concertId),
    refresh: ({ concertId }) => log.fold(concertId),
    committed: () => {},
  };
}
