import { judge, type Violation } from './judge/judge.js';
import type { Moment } from './sale/history.js';
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
  const violations = judge(history);
  return {
    schedule,
    violations,
    requests: history.purchases.length + history.cancellations.length + history.holds.length,
    events: history.commits.reduce((sum, { events }) => sum + events.length, 0),
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
