import { rmSync, writeFileSync } from 'node:fs';
import type { Cluster } from './cluster/cluster.js';
import { Clusters, shippedService } from './cluster/clusters.js';
import { startServers } from './cluster/servers.js';
import type { CrowdShape } from './crowd/plan.js';
import type { Fault } from './faults/fault.js';
import type { TrialVerdict } from './judging/judge-trial.js';
import { type Plan, planOf, runTrial } from './trial.js';

export interface TortureOptions {
  /** Each entry is a trial per seed, with all its faults at once. */
  readonly faults: readonly (readonly Fault[])[];
  readonly seeds: readonly number[];
  readonly isShort: boolean;
  readonly shape: Partial<CrowdShape>;
  readonly keep: string;
  readonly keepAll: boolean;
  readonly jsonFile: string | null;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Runs all trials. @returns the exit code */
export async function torture(options: TortureOptions): Promise<number> {
  const started = performance.now();
  const servers = await startServers(say);
  const clusters = new Clusters(servers, shippedService);
  const verdicts: TrialVerdict[] = [];
  let skipped = 0;
  try {
    for (const faults of options.faults)
      for (const seed of options.seeds) {
        const plan = planOf(faults, seed, options);
        const cluster = await clusters.as(plan.spec);
        const name = `${nameOf(plan)} seed ${seed}`;
        const obstacle = plan.variants
          .map((variant) => variant.cannot?.(cluster) ?? null)
          .find((why) => why !== null);
        if (obstacle !== undefined) {
          skipped++;
          say(`${name}: skipped: ${obstacle}`);
          continue;
        }
        const verdict = await runTrial(plan, cluster, options.keep).catch((error: unknown) => {
          say(`${name}: could not be run: ${error instanceof Error ? error.stack : error}`);
          return null;
        });
        if (verdict === null) {
          skipped++;
          await clusters.discard();
          await servers.heal();
          continue;
        }
        verdicts.push(verdict);
        tell(verdict);
        if (verdict.outcome === 'sound' && !options.keepAll) rmSync(verdict.file);
        else writeOutput(cluster, verdict.file);
        // What a violated trial leaves behind is not to spoil the next one.
        if (verdict.outcome !== 'sound') await clusters.discard();
      }
  } finally {
    await clusters.discard();
    await servers.stop();
  }
  const seconds = (performance.now() - started) / 1_000;
  if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(verdicts, null, 2)}\n`);
  return conclude(verdicts, skipped, seconds);
}

/** What the processes wrote, beside the history. */
function writeOutput({ services }: Cluster, file: string): void {
  for (const { name, output } of services)
    writeFileSync(file.replace(/ndjson$/, `${name}.log`), `${output.join('\n')}\n`);
}

const nameOf = ({ faults, variants, mode }: Plan): string =>
  `${faults.map(({ id }) => id).join('+')} (${variants.map(({ name }) => name).join(' + ')}; queue and ${mode})`;

/** From this event loop delay on, times say more of the machine than of the service. */
const starvedMs = 200;

function tell(verdict: TrialVerdict): void {
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

function conclude(verdicts: readonly TrialVerdict[], skipped: number, seconds: number): number {
  const count = (outcome: TrialVerdict['outcome']) =>
    verdicts.filter((each) => each.outcome === outcome).length;
  const sum = (of: (verdict: TrialVerdict) => number) =>
    verdicts.reduce((total, each) => total + of(each), 0);
  const [violated, open] = [count('violated'), count('unchecked') + count('not hit') + skipped];
  say('');
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
  return violated > 0 ? 1 : open > 0 ? 2 : 0;
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    inSeconds(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `median ${at(0.5)}, longest ${at(1)} of ${times.length}`;
}
