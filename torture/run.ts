import { writeFileSync } from 'node:fs';
import type { CrowdShape } from './crowd/plan.js';
import type { Fault } from './faults/fault.js';
import type { TrialVerdict } from './judging/judge-trial.js';
import { Lane, type LaneOptions, type Skipped } from './lane.js';
import { conclude } from './report.js';
import { planOf } from './trial.js';

/** Faults that strike at once. */
export interface Trial {
  readonly faults: readonly Fault[];
  readonly seed: number;
}

export interface TortureOptions extends LaneOptions {
  readonly trials: readonly Trial[];
  /** How many trials run side by side, each on servers of its own. */
  readonly lanes: number;
  readonly isShort: boolean;
  readonly shape: Partial<CrowdShape>;
  readonly jsonFile: string | null;
}

/** Runs all trials. @returns the exit code */
export async function torture(options: TortureOptions): Promise<number> {
  const started = performance.now();
  const verdicts: TrialVerdict[] = [];
  const skipped: Skipped[] = [];
  const waiting = options.trials.values();
  const work = async () => {
    const lane = await Lane.start(options);
    try {
      for (const { faults, seed } of waiting) {
        const outcome = await lane.run(planOf(faults, seed, options));
        if ('why' in outcome) skipped.push(outcome);
        else verdicts.push(outcome);
      }
    } finally {
      await lane.stop();
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, work));
  if (options.jsonFile !== null)
    writeFileSync(options.jsonFile, `${JSON.stringify({ verdicts, skipped }, null, 2)}\n`);
  return conclude(verdicts, skipped.length, (performance.now() - started) / 1_000);
}
