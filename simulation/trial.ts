import { judgeRun, type Violation } from './judge/judge.js';
import type { Moment, SaleHistory } from './sale/history.js';
import { runSale } from './sale/run.js';
import type { Schedule } from './sale/schedule.js';

export interface Trial {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly requests: number;
  readonly events: number;
}

/** Runs one schedule and judges it. */
export async function tryOut(schedule: Schedule, witness?: Parameters<typeof runSale>[1]): Promise<Trial> {
  const history = await runSale(schedule, witness);
  const sum = (count: (sale: SaleHistory) => number) =>
    history.concerts.reduce((sum, sale) => sum + count(sale), 0);
  return {
    schedule,
    violations: judgeRun(history),
    requests: sum(
      ({ purchases, cancellations, holds }) => purchases.length + cancellations.length + holds.length,
    ),
    events: sum(({ commits }) => commits.reduce((sum, { events }) => sum + events.length, 0)),
  };
}

export interface Line {
  readonly at: Moment;
  readonly who: string;
  readonly what: string;
}

/** The same run again, with everything that happened in it. */
export async function storyOf(
  schedule: Schedule,
): Promise<{ readonly trial: Trial; readonly lines: readonly Line[] }> {
  const lines: Line[] = [];
  const trial = await tryOut(schedule, { happened: (at, who, what) => lines.push({ at, who, what }) });
  return { trial, lines };
}
