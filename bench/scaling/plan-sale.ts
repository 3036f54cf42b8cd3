import { poissonArrivals } from '../measure/random.js';
import { spreadOf } from '../measure/spread.js';
import type { Parameters } from './parameters.js';
import { simulateSale } from './sale-model.js';
import type { Outcome } from './setting.js';

/** The sale that is planned for. */
export const plannedSale = { tickets: 100_000, people: 1_000_000, seconds: 600 } as const;

/** How the people arrive: each part of the time with its part of them. The first one is the hardest. */
export const crowds = {
  'evenly over ten minutes': [{ seconds: 600, people: 1_000_000 }],
  'half of them in the first minute': [
    { seconds: 60, people: 500_000 },
    { seconds: 540, people: 500_000 },
  ],
} as const;

export interface PlannedSale {
  readonly crowd: keyof typeof crowds;
  readonly processes: number;
  readonly soldOutAfterSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly batch: number;
  /** Share of its time that each kind of process was busy until the last ticket was sold. */
  readonly busy: Readonly<
    Record<'owner' | 'others' | 'projecting' | 'event store' | 'Postgres' | 'Redis', number>
  >;
}

/** The planned sale with one owner and so many processes that answer requests, each process on a core of its own. */
export function planSale(
  parameters: Parameters,
  crowd: keyof typeof crowds,
  processes: number,
  networkMicros: number,
): PlannedSale {
  const outcome = simulateSale(parameters, {
    policy: 'direct',
    processes,
    cores: null,
    speed: 1,
    networkMicros,
    tickets: plannedSale.tickets,
    buyers: { kind: 'open', arrivals: arrivalsOf(crowds[crowd]) },
  });
  const latencies = outcome.latencies.toSorted((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN) / 1_000;
  return {
    crowd,
    processes,
    soldOutAfterSeconds: outcome.sellingMicros / 1_000_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    batch: outcome.sold / outcome.appends,
    busy: busyOf(outcome, processes),
  };
}

/** Microseconds after the start, ascending. */
function* arrivalsOf(
  parts: readonly { readonly seconds: number; readonly people: number }[],
): Generator<number> {
  let start = 0;
  for (const [index, { seconds, people }] of parts.entries()) {
    for (const ms of poissonArrivals(index + 1, people / seconds, seconds * 1_000))
      yield (start + ms) * 1_000;
    start += seconds * 1_000;
  }
}

function busyOf({ used, sellingMicros }: Outcome, processes: number): PlannedSale['busy'] {
  const share = (name: string) => (used.get(name) ?? 0) / sellingMicros;
  const others = Array.from({ length: processes - 1 }, (_, i) => share(`api ${i + 2}`));
  return {
    owner: share('api 1'),
    others: others.length === 0 ? Number.NaN : spreadOf(others).median,
    projecting: share('projecting'),
    'event store': share('event store'),
    Postgres: share('Postgres'),
    Redis: share('Redis'),
  };
}
