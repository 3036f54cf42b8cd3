import { spreadOf } from '../measure/spread.js';
import { figure, share, spread, whole } from '../report/words.js';
import type { Comparison } from './check.js';
import type { Parameters } from './parameters.js';
import { crowds, type PlannedSale, plannedSale } from './plan-sale.js';

/** The part of docs/scaling.md that is written by `npm run bench:scaling`. */
export const toMarkdown = (
  parameters: Parameters,
  checked: readonly Comparison[],
  planned: readonly PlannedSale[],
): string =>
  [
    head(parameters),
    '### What was measured',
    costs(parameters),
    '### Simulated and measured',
    comparison(checked),
    '### What fills up first',
    fillsUp(parameters),
    '### The sale of 100,000 tickets',
    needs(parameters),
    plans(planned),
  ].join('\n\n');

const head = ({ measuredAt, commit, cores, cpu, loadAverage: [before, after] }: Parameters): string =>
  `Measured on ${measuredAt.slice(0, 10)} at commit ${commit}, ${cores} cores (${cpu}), load average ${figure(before)} before and ` +
  `${figure(after)} after. Above about 1 before, other work used the machine too: CPU time is then dearer, and rates are lower.`;

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

function costs(p: Parameters): string {
  const micros = (value: number) => figure(value);
  return table(
    ['µs of CPU time', 'for each sale or request', 'for each append'],
    [
      ['a process that answers requests and hands all purchases over', micros(p.asked), ''],
      ['the owner, asked by no buyer', micros(p.owner.perSale), micros(p.owner.perAppend)],
      ['the owner, of a purchase by a buyer of its own', micros(p.own.perSale), micros(p.own.perAppend)],
      ['read models, in a process that does nothing else', micros(p.project), ''],
      ['event store (the stand-in)', micros(p.eventStore.perSale), micros(p.eventStore.perAppend)],
      [
        'Postgres, for the stand-in and the read models',
        micros(p.postgres.perSale),
        micros(p.postgres.perAppend),
      ],
      ['Redis', micros(p.redis.perSale), micros(p.redis.perAppend)],
      ['Redis, more for a purchase that is handed over', micros(p.handOver), ''],
      ['a refusal once all is sold: service', micros(p.refusal.service), ''],
      ['a refusal once all is sold: Redis', micros(p.refusal.redis), ''],
      ['a bare append in µs of wall time (a tenth took less)', '', micros(p.appendMicros)],
    ],
  );
}

function comparison(checked: readonly Comparison[]): string {
  const ratio = (what: 'salesPerSecond' | 'serviceMicros' | 'busiestMicros') =>
    spread({ ...spreadOf(checked.map((each) => each[what] / each.run[what])), cpu: null });
  const summary =
    `Simulated ÷ measured, median (smallest–largest): sales ${ratio('salesPerSecond')}; CPU time of the service for each sale ` +
    `${ratio('serviceMicros')}; that of the busiest process ${ratio('busiestMicros')}.`;
  return [summary, comparisonTable(checked)].join('\n\n');
}

const comparisonTable = (checked: readonly Comparison[]): string =>
  table(
    [
      'run',
      'sales/s',
      'simulated',
      'sales per append',
      'simulated',
      'service µs',
      'simulated',
      'busiest µs',
      'simulated',
    ],
    checked.map(({ run, ...simulated }) => [
      `${run.mode}, ${run.processes} process${run.processes === 1 ? '' : 'es'}, ${run.inFlight} in flight`,
      ...[
        whole(run.salesPerSecond),
        whole(simulated.salesPerSecond),
        figure(run.batch),
        figure(simulated.batch),
      ],
      ...[whole(run.serviceMicros), whole(simulated.serviceMicros)],
      ...[whole(run.busiestMicros), whole(simulated.busiestMicros)],
    ]),
  );

const largestBatch = 500;

interface Part {
  readonly name: string;
  readonly micros: number;
  /** Whether more of them share the work of one concert. */
  readonly more: boolean;
}

/** By sums alone, without a simulation. */
function fillsUp(parameters: Parameters): string {
  const parts = partsOf(parameters).toSorted((a, b) => b.micros - a.micros);
  const rate = ({ micros }: Part) => (micros > 0 ? whole(1_000_000 / micros) : '');
  const [first] = parts;
  const single = parts.find(({ more }) => !more);
  const summary =
    first === undefined || single === undefined
      ? ''
      : `The first to fill up is ${first.name}, at ${rate(first)} per second${first.more ? '; more of them help' : ''}. Of the parts that there is one ` +
        `of for each concert, the first is ${single.name}, at ${rate(single)} sales per second: more processes do not help there.`;
  return [
    `One core each, in appends of ${largestBatch} sales. ${summary}`,
    table(
      ['part', 'µs each', 'its core is full at, per second', 'more of them help'],
      parts.map((part) => [part.name, figure(part.micros), rate(part), part.more ? 'yes' : 'no']),
    ),
  ].join('\n\n');
}

function partsOf(parameters: Parameters): Part[] {
  const { asked, owner, handOver, project, eventStore, postgres, redis, refusal } = parameters;
  const inLargest = ({ perSale, perAppend }: Parameters['owner']) => perSale + perAppend / largestBatch;
  const part = (name: string, micros: number, more: boolean): Part => ({ name, micros, more });
  return [
    part('the owner of the concert, asked by no buyer', inLargest(owner), false),
    part('a process that answers requests and hands all purchases over', asked, true),
    part('the process that projects (sales do not wait for it)', project, false),
    part('the event store', inLargest(eventStore), false),
    part('a core of Postgres', inLargest(postgres), true),
    part('Redis', inLargest(redis) + handOver, false),
    part('a process that refuses once all is sold, in refusals', refusal.service, true),
  ];
}

/** A core that is to be busy for no more than this share of the time. */
const bearable = 0.7;

/** By sums alone, without a simulation. */
function needs(parameters: Parameters): string {
  const { asked, owner, handOver, project, refusal, eventStore, postgres, redis } = parameters;
  const cores = (perSecond: number, micros: number) => figure((perSecond * micros) / 1_000_000 / bearable);
  const rows = Object.entries(crowds).map(([crowd, [first]]) => {
    const rate = first.people / first.seconds;
    return [
      crowd,
      whole(rate),
      cores(rate, asked),
      cores(rate, owner.perSale),
      cores(rate, project),
      cores(rate, eventStore.perSale),
      cores(rate, postgres.perSale),
      cores(rate, redis.perSale + handOver),
      cores(rate, refusal.service),
    ];
  });
  return [
    `Cores that are needed so that none is busy for more than ${share(bearable)} of the time, by sums alone. Until all is sold every arrival ` +
      'is a sale, afterwards every arrival is a refusal.',
    table(
      [
        'the crowd arrives',
        'arrivals/s',
        'answering requests',
        'owner',
        'projecting',
        'event store',
        'Postgres',
        'Redis',
        'refusing, once sold out',
      ],
      rows,
    ),
  ].join('\n\n');
}

const plans = (planned: readonly PlannedSale[]): string =>
  [
    `The same sale simulated (${whole(plannedSale.tickets)} tickets, ${whole(plannedSale.people)} people): one owner, which answers requests too, every process on a ` +
      'core of its own, 0.2 ms from one machine to the next. The last columns are shares of the time until all is sold.',
    table(
      [
        'the crowd arrives',
        'processes',
        'sold out after',
        'p50 ms',
        'p99 ms',
        'sales per append',
        'owner',
        'others',
        'projecting',
        'event store',
        'Postgres',
        'Redis',
      ],
      planned.map(({ crowd, processes, soldOutAfterSeconds, p50Ms, p99Ms, batch, busy }) => [
        ...[
          crowd,
          String(processes),
          `${figure(soldOutAfterSeconds)} s`,
          figure(p50Ms),
          figure(p99Ms),
          figure(batch),
        ],
        ...Object.values(busy).map((part) => (Number.isNaN(part) ? '' : share(part))),
      ]),
    ),
  ].join('\n\n');
