import type { SaleHistory } from '../../simulation/sale/history.js';
import { runSale } from '../../simulation/sale/run.js';
import type { HoldStep, Schedule } from '../../simulation/sale/schedule.js';

export const noHolds = { holdSeconds: null, waitingList: false, offerSeconds: null };

/** The history of a schedule's only concert. */
export async function saleOf(schedule: Schedule): Promise<SaleHistory> {
  const [history] = (await runSale(schedule)).concerts;
  if (history === undefined) throw new Error('no concert was on sale');
  return history;
}

/** Two tickets: one hold is confirmed, one lapses and is offered to who waits, who confirms; a third is released. */
export function withHolds(): Schedule {
  const hold = (customer: string, at: number, more: Partial<HoldStep>) => ({
    ...{ kind: 'hold' as const, process: 0, customer, key: `k of ${customer}`, quantity: 1, at },
    ...{ confirmAfterMs: null, releaseAfterMs: null, isDoubled: false, joins: true, ...more },
  });
  return {
    ...{ seed: 1, mode: 'batch', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
    terms: {
      ...{ capacity: 3, vipSeats: 0, ticketsPerCustomer: 1 },
      ...{ holdSeconds: 2, waitingList: true, offerSeconds: 2 },
    },
    steps: [
      hold('ann', 0, { confirmAfterMs: 100 }),
      hold('bob', 100, {}),
      hold('cid', 200, { releaseAfterMs: 5_000 }),
      hold('dan', 400, { confirmAfterMs: 100 }),
      hold('eve', 10_000, { releaseAfterMs: 500 }),
    ],
  };
}

/** Nine customers, one after the other, at a concert of six tickets. */
export function healthy(): Schedule {
  return {
    ...{ seed: 1, mode: 'batch', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
    terms: { capacity: 6, vipSeats: 2, ticketsPerCustomer: 1, ...noHolds },
    steps: Array.from({ length: 9 }, (_, i) => ({
      ...{ kind: 'buy' as const, process: i % 2, customer: `c${i + 1}`, key: `k${i + 1}`, quantity: 1 },
      at: 1_000 * i,
    })),
  };
}
