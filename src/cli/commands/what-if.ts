import { Command, InvalidArgumentError } from 'commander';
import { parseMoment } from '../../replay/time-travel/moment.js';
import type { Change } from '../../replay/what-if/difference.js';
import type { Got } from '../../replay/what-if/recorded-command.js';
import { recordedSale } from '../../replay/what-if/recorded-sale.js';
import { ImpossibleRules, type OtherRules, type WhatIf, whatIf } from '../../replay/what-if/what-if.js';
import { withCliContext } from '../cli-context.js';
import { printJson } from '../output/json.js';
import { heading, say } from '../output/print.js';
import { table } from '../output/table.js';
import { Refused } from '../refused.js';

interface Options {
  readonly vip?: number;
  readonly capacity?: number;
  readonly perCustomer?: number;
  readonly opensAt?: string;
  readonly closesAt?: string;
  readonly holdSeconds?: number;
  readonly offerSeconds?: number;
  readonly show: number;
  readonly json: boolean;
}

const refusedAreMissing =
  'Refused requests are not in the log, so this cannot show who would have bought the freed tickets.';

export const whatIfCommand = (): Command =>
  new Command('what-if')
    .description(
      'decide the recorded purchases again under other rules, in arrival order, and show what would differ',
    )
    .argument('<concert>', 'id of a concert')
    .option('--capacity <n>', 'tickets for sale', wholeNumber)
    .option('--vip <n>', 'VIP seats', wholeNumber)
    .option('--per-customer <n>', 'tickets that one customer may have', wholeNumber)
    .option('--opens-at <time>', 'when sales open', timeText)
    .option('--closes-at <time>', 'when sales close', timeText)
    .option('--hold-seconds <n>', 'how long tickets are held on request', wholeNumber)
    .option('--offer-seconds <n>', 'how long they are held for a customer who waited', wholeNumber)
    .option('--show <n>', 'purchases that would differ to show', wholeNumber, 20)
    .option('--json', 'one JSON object, with every purchase that would differ', false)
    .addHelpText(
      'after',
      '\nChanges nothing. Without other rules it shows what arrival order alone would have changed.',
    )
    .action(async (concertId: string, options: Options) => {
      const sale = await withCliContext(({ store }) => recordedSale(store, concertId));
      if (sale === null) throw new Refused(`Concert ${concertId} is not in the log.`);
      const rules = rulesOf(options);
      const result = await tryRules(() => whatIf(sale, rules));
      if (options.json) printJson({ concertId, rules, ...result });
      else show(sale.terms.name, result, options.show);
    });

const words: Record<Change, string> = {
  refused: 'would have been refused',
  'gains-vip': 'would have got more VIP seats',
  'loses-vip': 'would have got fewer VIP seats',
  'other-seat': 'would have got other VIP seats',
  'other-number': 'would have differed in the ticket number alone',
};
const changes = Object.keys(words) as readonly Change[];

const rulesOf = ({ capacity, vip, perCustomer, opensAt, closesAt, ...options }: Options): OtherRules => ({
  ...(capacity === undefined ? {} : { capacity }),
  ...(vip === undefined ? {} : { vipSeats: vip }),
  ...(perCustomer === undefined ? {} : { ticketsPerCustomer: perCustomer }),
  ...(opensAt === undefined ? {} : { salesOpenAt: opensAt }),
  ...(closesAt === undefined ? {} : { salesCloseAt: closesAt }),
  ...(options.holdSeconds === undefined ? {} : { holdSeconds: options.holdSeconds }),
  ...(options.offerSeconds === undefined ? {} : { offerSeconds: options.offerSeconds }),
});

async function tryRules(run: () => Promise<WhatIf>): Promise<WhatIf> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ImpossibleRules ? new Refused(error.message) : error;
  }
}

function show(name: string, result: WhatIf, most: number): void {
  const { recorded, would, differences, refusedChanges, refusedClaims } = result;
  say(heading(name));
  const lines = table([
    ['', 'recorded', 'would be'],
    ['capacity', recorded.capacity, would.capacity],
    ['purchases', recorded.purchases, would.purchases],
    ['tickets live at the end', recorded.live, would.live],
    ['VIP seats taken at the end', recorded.vip, would.vip],
    ...(recorded.expired + would.expired === 0
      ? []
      : [['holds that expired', recorded.expired, would.expired]]),
  ]);
  for (const line of lines) say(`  ${line}`);
  for (const { at, refusal } of refusedChanges) {
    say(`  the change at ${at} would have been refused: ${refusal.reason}`);
  }
  for (const change of changes) {
    const count = differences.filter((each) => each.change === change).length;
    say(`  ${String(count).padStart(6)} purchases ${words[change]}`);
  }
  if (refusedClaims.length > 0) {
    say(
      `  ${String(refusedClaims.length).padStart(6)} holds and places in the waiting list would have been refused`,
    );
  }
  const telling = differences.filter(({ change }) => change !== 'other-number');
  if (telling.length > most) say(`The first ${most} purchases that would differ in more than the number:`);
  const rows = telling
    .slice(0, most)
    .map(({ purchase, would: now }) => [
      purchase.arrivedAt,
      purchase.customerId,
      ticketsText(purchase.tickets),
      '→',
      now.kind === 'got' ? ticketsText(now.tickets) : now.refusal.reason,
    ]);
  for (const line of table(rows)) say(`  ${line}`);
  say(`\n${refusedAreMissing}`);
}

const ticketsText = (tickets: readonly Got[]): string =>
  tickets.map(({ number, seat }) => (seat === null ? `${number}` : `${number} ${seat}`)).join(', ');

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function timeText(text: string): string {
  const moment = parseMoment(text);
  if (moment?.kind !== 'time') {
    throw new InvalidArgumentError('It is a time with its zone, like 2030-06-01T20:00:00Z.');
  }
  return moment.time.toISOString();
}
