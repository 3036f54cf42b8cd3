import type { Schedule, Step } from './sale/schedule.js';
import { type Trial, tryOut } from './trial.js';

/** Other delays that are tried for each schedule that lacks one step more. */
const otherSeeds = 6;
/** The most schedules that are tried. */
const mostTrials = 2_000;

/**
 * A schedule with as few steps as can be found that breaks the same rule. Each shorter schedule is tried with its delays and with
 * others, since what is left must meet at the right moment again.
 */
export async function shrink(failing: Trial): Promise<Trial> {
  const invariant = failing.violations[0]?.invariant;
  let best = failing;
  let trials = 0;
  const fails = async (schedule: Schedule, others: number): Promise<Trial | null> => {
    for (let other = 0; other <= others && trials < mostTrials; other++) {
      trials += 1;
      const seed = other === 0 ? schedule.seed : (schedule.seed + other * 7_919) >>> 0;
      const trial = await tryOut({ ...schedule, seed });
      if (trial.violations.some((violation) => violation.invariant === invariant)) return trial;
    }
    return null;
  };
  for (let size = Math.ceil(best.schedule.steps.length / 2); size >= 1; ) {
    let isShorter = false;
    for (let from = 0; from < best.schedule.steps.length; ) {
      const { steps } = best.schedule;
      const rest = [...steps.slice(0, from), ...steps.slice(from + size)];
      const trial = await fails({ ...best.schedule, steps: rest }, size === 1 ? otherSeeds : 1);
      if (trial === null) from += size;
      else [best, isShorter] = [trial, true];
    }
    if (!isShorter || size > 1) size = Math.floor(size / 2);
  }
  for (const simpler of simplifications) {
    const steps = best.schedule.steps.map(simpler);
    best = (await fails({ ...best.schedule, steps }, otherSeeds)) ?? best;
  }
  return best;
}

/** Rounder numbers. */
const simplifications: readonly ((step: Step) => Step)[] = [
  (step) => ({ ...step, at: Math.round(step.at) }),
  (step) => ('forMs' in step ? { ...step, forMs: Math.round(step.forMs) } : step),
];
