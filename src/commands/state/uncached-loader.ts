import type { StateLoader } from '../deciding/decide-with-retry.js';
import type { ConcertLog } from './concert-log.js';

/** A loader that reads the whole stream for every decision and caches nothing. */
export function uncachedLoader(log: ConcertLog): StateLoader {
  return {
    load: (concertId) => log.fold(concertId),
    confirm: (concertId) => log.fold(concertId),
    loadsConfirmed: true,
    refresh: ({ concertId }) => log.fold(concertId),
    committed: () => {},
  };
}
