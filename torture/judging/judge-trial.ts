import { join } from 'node:path';
import { judgeFiles, sliceOf } from '../../src/replay/judge/judge-files.js';
import type { History } from '../crowd/history.js';
import type { Strike } from '../strike.js';
import type { Plan } from '../trial.js';
import type { Recovered } from './recovery.js';

/** Fewer calls than this in flight during the faults: the trial does not count. */
const leastInFlight = 5;

export interface TrialVerdict {
  readonly faults: string;
  readonly variants: string;
  readonly seed: number;
  readonly mode: string;
  /** `not hit`: too few purchases were in flight while the faults struck. */
  readonly outcome: 'sound' | 'violated' | 'unchecked' | 'not hit';
  readonly file: string;
  readonly calls: number;
  readonly sold: number;
  readonly refused: number;
  /** Calls without an answer, of which each was settled by a retry unless the outcome says otherwise. */
  readonly unknown: number;
  readonly inFlight: number;
  readonly salesPerSecond: number;
  readonly nextSaleMs: readonly number[];
  readonly stockMs: number | null;
  readonly rowsMs: number | null;
  /** The invariants that are violated or could not be judged. */
  readonly named: readonly string[];
  /** What is wrong, with the lines that show it. */
  readonly story: readonly string[];
  /** Event loop delay of the nemesis itself, p99 in ms: a machine with too little CPU shows here. */
  readonly loopDelayMs: number;
}

export interface Evidence {
  readonly plan: Plan;
  readonly history: History;
  readonly log: readonly string[];
  /** Folder for the history. */
  readonly keep: string;
  readonly strike: Strike;
  readonly recovered: readonly Recovered[];
  readonly loopDelayMs: number;
  /** What else is wrong, in words. */
  readonly problems: readonly string[];
}

export async function judgeTrial(evidence: Evidence): Promise<TrialVerdict> {
  const { plan, history, strike, recovered, problems } = evidence;
  const faults = plan.faults.map(({ id }) => id).join('+');
  const variants = plan.variants.map(({ name }) => name).join(' + ');
  const file = join(evidence.keep, `${faults}-${plan.seed}.ndjson`);
  const { seed, mode, capacities } = plan;
  await history.write(
    file,
    { seed, faults, variants, mode, capacities, schedule: strike.notes },
    evidence.log,
  );
  const verdict = await judgeFiles([file]);
  const story: string[] = [...problems];
  const named = new Set(problems.flatMap((problem) => /^audit: (\w+)/.exec(problem)?.[1] ?? []));
  for (const { concertId, findings } of verdict.concerts)
    for (const { invariant, claim, verdict, violations, examples, checked, subject } of findings) {
      if (verdict === 'unchecked') story.push(`${concertId}: ${invariant} UNSEEN: ${checked}`);
      if (verdict === 'violated' || verdict === 'unchecked') named.add(invariant);
      if (verdict !== 'violated') continue;
      story.push(
        `${concertId}: ${invariant} VIOLATED ${violations} times: ${claim}`,
        ...examples.map((e) => `  - ${e}`),
      );
      if (subject !== null) story.push(...(await sliceOf([file], subject)).map((line) => `    ${line}`));
    }
  const calls = history.purchases;
  const accepted = calls.filter(({ answer }) => answer.kind === 'accepted');
  const inFlight = calls.filter(
    (call) => call.sentAt < strike.endedAt && call.endedAt > strike.beganAt,
  ).length;
  const during = firstPerKey(accepted).filter(
    ({ endedAt }) => endedAt > strike.beganAt && endedAt < strike.endedAt,
  );
  const isHit = inFlight >= leastInFlight;
  return {
    faults,
    variants,
    seed,
    mode,
    outcome:
      verdict.soundness === 'violated' || problems.length > 0
        ? 'violated'
        : verdict.soundness === 'unchecked'
          ? 'unchecked'
          : isHit
            ? 'sound'
            : 'not hit',
    file,
    calls: history.calls.length,
    sold: new Set(accepted.map(({ concertId, key }) => `${concertId}/${key}`)).size,
    refused: calls.filter(({ answer }) => answer.kind === 'refused').length,
    unknown: history.calls.filter(({ answer }) => answer.kind === 'unknown').length,
    inFlight,
    salesPerSecond: (during.length * 1_000) / Math.max(1, strike.endedAt - strike.beganAt),
    nextSaleMs: await nextSales(evidence),
    stockMs: slowest(recovered.map(({ stockMs }) => stockMs)),
    rowsMs: slowest(recovered.map(({ rowsMs }) => rowsMs)),
    named: [...named],
    story,
    loopDelayMs: evidence.loopDelayMs,
  };
}

const slowest = (times: readonly (number | null)[]): number | null =>
  times.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0);

type Call = History['purchases'][number];

function firstPerKey(accepted: readonly Call[]): readonly Call[] {
  const first = new Map<string, Call>();
  for (const call of accepted) {
    const id = `${call.concertId}/${call.key}`;
    if ((first.get(id)?.endedAt ?? Number.POSITIVE_INFINITY) > call.endedAt) first.set(id, call);
  }
  return [...first.values()];
}

/** For each death, the time until a customer was told of a sale that was made after it. */
async function nextSales({ history, strike }: Evidence): Promise<readonly number[]> {
  const times = await Promise.all(
    strike.deaths.map(async ({ concertId, at, revision }) => {
      const last = await revision;
      const later = history.purchases.flatMap((call) =>
        call.concertId === concertId && call.answer.kind === 'accepted' && call.answer.revision > last
          ? [call.endedAt - at]
          : [],
      );
      return Math.min(...later.filter((ms) => ms > 0));
    }),
  );
  return times.filter(Number.isFinite);
}
