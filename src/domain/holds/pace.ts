import { type Concert, remaining } from '../concert.js';
import { graceMs } from './promised.js';

/** Most holds that one event ends: some 8 ms of work for each process that folds it, and 80 kB. */
const mostAtOnce = 2_000;
/** With fewer tickets for sale, customers need those that are held. */
const fewTickets = 1_000;
/** So many that are due at once are no crowd, and of a crowd so many end in each append. */
const fewest = 200;
/** By when a hold has ended, in ms after its expiry: 0.7 s before I14 would be violated. */
const endedByMs = 1_300;
/** Holds are counted by expiry in steps of so many ms, up to so many ms from now. */
const stepMs = 125;
const aheadMs = 500;

/**
 * How many of the holds that are due the next append ends. A crowd that lapses at once is spread over the time that it has, for the
 * sale beside it: at the least rate, as of now, at which every hold ends in time, those that lapse next included. Where tickets are
 * short, as many end as an event may name.
 */
export function mostToEnd(concert: Concert, now: string): number {
  const { lastEventAt, holds } = concert;
  const { expiries } = holds;
  const first = expiries.first();
  const at = Date.parse(now);
  if (first === undefined || remaining(concert) < fewTickets) return mostAtOnce;
  if (expiries.countBefore({ order: at - graceMs + 1, id: '' }) <= fewest) return mostAtOnce;
  let rate = 0;
  for (let time = first.order; time < at + aheadMs; time += stepMs) {
    const leftMs = time + endedByMs - at;
    if (leftMs <= 0) return mostAtOnce;
    rate = Math.max(rate, expiries.countBefore({ order: time + stepMs, id: '' }) / leftMs);
  }
  const sinceMs = Math.max(1, at - Date.parse(lastEventAt ?? now));
  return Math.min(mostAtOnce, Math.max(fewest, Math.ceil(rate * sinceMs)));
}
