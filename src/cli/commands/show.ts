import { Command } from 'commander';
import { purchasesMade, remaining, vipRemaining } from '../../domain/concert.js';
import { type Moment, momentWords, parseMoment } from '../../replay/time-travel/moment.js';
import { type StateAt, stateAt } from '../../replay/time-travel/state-at.js';
import { withCliContext } from '../cli-context.js';
import { printJson } from '../output/json.js';
import { heading, say } from '../output/print.js';
import { table } from '../output/table.js';
import { Refused } from '../refused.js';

const endOfLog: Moment = { kind: 'time', time: new Date(8_640_000_000_000_000) };

export const showCommand = (): Command =>
  new Command('show')
    .description('the state of a concert, now or earlier, from its log')
    .argument('<concert>', 'id of a concert')
    .option('--at <moment>', momentWords)
    .option('--json', 'one JSON object', false)
    .action(async (concertId: string, { at, json }: { at?: string; json: boolean }) => {
      const moment = at === undefined ? endOfLog : momentOf(at);
      const state = await withCliContext(({ store }) => stateAt(store, concertId, moment));
      if (state.concert.status === 'unknown') {
        throw new Refused(`Concert ${concertId} is not in the log${at === undefined ? '' : ` at ${at}`}.`);
      }
      if (json) printJson(toView(state));
      else show(state);
    });

function momentOf(text: string): Moment {
  const moment = parseMoment(text);
  if (moment === null) throw new Refused(`--at ${text}: give ${momentWords}.`);
  return moment;
}

/** Fields are named one by one: the fold has internal ones. */
const toView = ({ concert, recordedAt }: StateAt) => ({
  concertId: concert.concertId,
  status: concert.status,
  name: concert.name,
  capacity: concert.capacity,
  vipSeats: concert.vipSeats,
  ticketsPerCustomer: concert.ticketsPerCustomer,
  salesOpenAt: concert.salesOpenAt,
  salesCloseAt: concert.salesCloseAt,
  startsAt: concert.startsAt,
  purchaseMode: concert.purchaseMode,
  holdSeconds: concert.holdSeconds,
  waitingList: concert.waitingList,
  offerSeconds: concert.offerSeconds,
  revision: concert.revision,
  sold: concert.live,
  held: concert.holds.held,
  remaining: remaining(concert),
  vipRemaining: vipRemaining(concert),
  purchases: purchasesMade(concert),
  customers: concert.holdings.size,
  lastTicketNumber: concert.lastTicketNumber,
  lastVipSeat: concert.lastVipSeat,
  freedVipSeats: [...concert.freedVipSeats],
  recordedAt,
});

function show(state: StateAt): void {
  const { concert, recordedAt } = state;
  const kept = [...concert.purchases.values()].filter(({ status }) => status === 'cancelled').length;
  const given = kept + concert.forgotten.count - concert.forgotten.holds;
  const onHold = concert.holds.held === 0 ? '' : `, ${concert.holds.held} on hold`;
  say(heading(`${concert.name}  ${concert.concertId}`));
  const lines = [
    ['as of', `revision ${concert.revision}, recorded ${recordedAt?.toISOString() ?? 'never'}`],
    ['status', concert.status],
    ['sold', `${concert.live} of ${concert.capacity}${onHold}, ${remaining(concert)} left`],
    ['VIP seats', `${concert.vipSeats - vipRemaining(concert)} of ${concert.vipSeats} taken`],
    ['per customer', `${concert.ticketsPerCustomer}`],
    ['purchases', `${purchasesMade(concert)}, ${given} of them cancelled`],
    ['on sale', `${concert.salesOpenAt ?? 'from the start'} – ${concert.salesCloseAt ?? 'no end'}`],
    ['starts', concert.startsAt ?? 'not set'],
  ];
  for (const line of table(lines)) say(`  ${line}`);
}
