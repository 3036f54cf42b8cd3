import type { TrialVerdict } from './judging/judge-trial.js';

export const say = (line: string) => void process.stdout.write(`${line}\n`);

/** From this event loop delay on, times say more of the machine than of the service. */
const starvedMs = 200;

/** Tells how a trial went. */
export function tell(verdict: TrialVerdict): void {
  const {
    faults,
    variants,
    seed,
    mode,
    outcome,
    calls,
    sold,
    unknown,
    inFlight,
    salesPerSecond,
    loopDelayMs,
  } = verdict;
  const times = [
    ...verdict.nextSaleMs.map((ms) => `next sale after ${inSeconds(ms)}`),
    `stock right after ${inSeconds(verdict.stockMs)}`,
    `rows after ${inSeconds(verdict.rowsMs)}`,
  ];
  say(
    `${faults} (${variants}; queue and ${mode}) seed ${seed}: ${outcome}: ${calls} calls, ${sold} sold, ${unknown} without an answer, ` +
      `${inFlight} in flight during the fault, ${salesPerSecond.toFixed(0)} sales/s then; ${times.join(', ')}` +
      (loopDelayMs > starvedMs
        ? `; the machine was starved: own event loop delay p99 ${Math.round(loopDelayMs)} ms`
        : ''),
  );
  for (const line of verdict.story) say(`    ${line}`);
  if (outcome !== 'sound') say(`    the history: ${verdict.file}`);
}

const inSeconds = (ms: number | null): string => (ms === null ? 'too long' : `${(ms / 1_000).toFixed(2)} s`);

/** Sums up all trials. @returns the exit code */
export function conclude(verdicts: readonly TrialVerdict[], skipped: number, seconds: number): number {
  const count = (outcome: TrialVerdict['outcome']) =>
    verdicts.filter((each) => each.outcome === outcome).length;
  const sum = (of: (verdict: TrialVerdict) => number) =>
    verdicts.reduce((total, each) => total + of(each), 0);
  const [violated, open] = [count('violated'), count('unchecked') + count('not hit') + skipped];
  say('');
  for (const line of tableOf(verdicts)) say(line);
  say(
    `${verdicts.length} trials in ${Math.round(seconds)} s: ${count('sound')} sound, ${violated} violated, ${count('unchecked')} not judged, ` +
      `${count('not hit')} without a purchase in flight, ${skipped} skipped`,
  );
  say(
    `${sum(({ calls }) => calls)} calls, ${sum(({ sold }) => sold)} purchases, ${sum(({ unknown }) => unknown)} calls without an answer`,
  );
  const nextSales = verdicts.flatMap(({ nextSaleMs }) => nextSaleMs);
  if (nextSales.length > 0) say(`death of an owner to the next sale: ${spread(nextSales)}`);
  for (const what of ['stockMs', 'rowsMs'] as const) {
    const times = verdicts.map((verdict) => verdict[what] ?? Number.POSITIVE_INFINITY);
    if (times.length > 0)
      say(`${what === 'stockMs' ? 'stock' : 'rows'} right after healing: ${spread(times)}`);
  }
  say(`${count('sound')} passed, ${verdicts.length - count('sound')} failed`);
  return violated > 0 ? 1 : open > 0 || verdicts.length === 0 ? 2 : 0;
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    inSeconds(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `median ${at(0.5)}, longest ${at(1)} of ${times.length}`;
}

/** A line for each fault, and one for each pair. */
function tableOf(verdicts: readonly TrialVerdict[]): readonly string[] {
  const names = [...new Set(verdicts.map(({ faults }) => faults))].sort((a, b) => order(a) - order(b));
  return names.map((faults) => {
    const trials = verdicts.filter((verdict) => verdict.faults === faults);
    const sum = (of: (verdict: TrialVerdict) => number) =>
      trials.reduce((total, each) => total + of(each), 0);
    const sound = trials.filter(({ outcome }) => outcome === 'sound').length;
    return (
      `${faults.padEnd(8)} ${sound} of ${trials.length} sound: ${sum(({ calls }) => calls)} calls, ${sum(({ sold }) => sold)} purchases, ` +
      `${sum(({ unknown }) => unknown)} without an answer, ${sum(({ inFlight }) => inFlight)} in flight during the fault`
    );
  });
}

/** F2 before F10, and pairs after single faults. */
function order(faults: string): number {
  const [first = 0, second = 0] = [...faults.matchAll(/\d+/g)].map(Number);
  return second === 0 ? first : 100 * first + second;
}
