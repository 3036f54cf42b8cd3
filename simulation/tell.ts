import type { Schedule } from './sale/schedule.js';
import { storyOf } from './trial.js';

/** A run as a person reads it: the sale, everything that happened, and which rule was broken. */
export async function tell(schedule: Schedule): Promise<string> {
  const { trial, lines } = await storyOf(schedule);
  const { mode, processes, redisServers, terms, maxPurchasesInMemory } = schedule;
  const { capacity, vipSeats, ticketsPerCustomer, holdSeconds, offerSeconds } = terms;
  const holds =
    holdSeconds === null ? 'no holds' : `holds of ${holdSeconds} s, offers of ${offerSeconds ?? 0} s`;
  return [
    `Mode ${mode}, ${processes} processes, ${redisServers} Redis, ${capacity} tickets (${vipSeats} VIP, ${ticketsPerCustomer} per customer), ${holds}, ${maxPurchasesInMemory} purchases in memory`,
    ...lines.map(({ at, who, what }) => `${at.ms.toFixed(1).padStart(10)} ms  ${who} ${what}`),
    ...trial.violations.map(({ invariant, what }) => `  violated ${invariant}: ${what}`),
    trial.violations.length === 0 ? '  no violation' : '',
  ].join('\n');
}

/** A schedule to paste into a regression test. */
export const asCode = (schedule: Schedule): string =>
  JSON.stringify(schedule, null, 1).replace(/\n\s{3,}/g, ' ');
