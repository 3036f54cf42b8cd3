import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type PurchaseMode, purchaseModes } from '../src/domain/purchase-mode.js';
import { defects } from './defects/defects.js';
import { withDefect } from './defects/with-defect.js';
import { scheduleOf, simulatedModes } from './sale/schedule.js';
import { shrink } from './shrink.js';
import { asCode, tell } from './tell.js';
import { type Trial, tryOut } from './trial.js';

const help = `Tries schedules of a simulated sale until one breaks a rule, or the time is over. No real time passes in them.

  npm run simulate                      for a minute, from seed 1
  npm run simulate -- --seconds 600     for ten minutes
  npm run simulate -- --from 50000      from another seed
  npm run simulate -- --mode batch      one mode only
  npm run simulate -- --seed 42         the schedule of this seed, told step by step
  npm run simulate -- --starts 5        from five seeds in turn: after how many schedules each finds something
  npm run simulate -- --whole           shows a failing schedule as it was found, not its shortest form
  npm run simulate -- --defect NAME     on code with a defect put in, to see that it is found:
${defects.map(({ name, what }) => `      ${name.padEnd(26)} ${what}`).join('\n')}

Exit code 1: a rule was broken.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    mode: { type: 'string' },
    whole: { type: 'boolean', default: false },
    starts: { type: 'string' },
    defect: { type: 'string' },
  },
});

const modes = modesOf(values.mode);

if (values.help) console.log(help);
else if (values.defect !== undefined)
  process.exitCode = await runWithDefect(values.defect, argsWithout('--defect'));
else if (values.seed !== undefined) process.exitCode = await showOne(Number(values.seed));
else if (values.starts !== undefined)
  process.exitCode = await searchSeveral(Number(values.starts), Number(values.seconds) * 1_000);
else process.exitCode = await search(Number(values.from), Number(values.seconds) * 1_000);

async function showOne(seed: number): Promise<number> {
  const schedule = scheduleOf(seed, modes);
  console.log(await tell(schedule));
  return (await tryOut(schedule)).violations.length === 0 ? 0 : 1;
}

interface Search {
  /** The first trial that broke a rule. */
  readonly found: Trial | null;
  readonly schedules: number;
  readonly requests: number;
  readonly events: number;
  readonly tookMs: number;
}

/** Tries the schedules of one seed after the other. @throws when there was time for none */
async function firstFinding(from: number, forMs: number): Promise<Search> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let [schedules, requests, events] = [0, 0, 0];
  let found: Trial | null = null;
  for (let seed = from; found === null && elapsed() < forMs; seed++) {
    const trial = await tryOut(scheduleOf(seed, modes));
    schedules += 1;
    requests += trial.requests;
    events += trial.events;
    if (trial.violations.length > 0) found = trial;
  }
  if (schedules === 0) throw new TypeError('no schedule was tried');
  return { found, schedules, requests, events, tookMs: elapsed() };
}

async function search(from: number, forMs: number): Promise<number> {
  const { found, schedules, requests, events, tookMs } = await firstFinding(from, forMs);
  if (found !== null) {
    const [first] = found.violations;
    console.log(
      `Seed ${found.schedule.seed}, schedule ${schedules}, after ${(tookMs / 1_000).toFixed(1)} s (${cpuSeconds()} s of CPU): violated ${first?.invariant}`,
    );
    const shortest = values.whole ? found : await shrink(found);
    console.log(`${await tell(shortest.schedule)}\n\n${asCode(shortest.schedule)}`);
    return 1;
  }
  const perMinute = Math.round((schedules / tookMs) * 60_000);
  console.log(
    `${schedules} schedules, ${requests} requests, ${events} events: no violation (${perMinute} schedules a minute, ${cpuSeconds()} s of CPU)`,
  );
  return 0;
}

/** How many schedules it takes from each of several seeds. */
async function searchSeveral(starts: number, forMs: number): Promise<number> {
  const needed: number[] = [];
  const invariants = new Set<string>();
  for (let start = 0; start < starts; start++) {
    const { found, schedules } = await firstFinding(1 + start * 100_000, forMs);
    needed.push(found === null ? Number.POSITIVE_INFINITY : schedules);
    const [first] = found?.violations ?? [];
    if (first !== undefined) invariants.add(first.invariant);
  }
  const median = needed.toSorted((a, b) => a - b)[Math.floor(starts / 2)];
  if (median === undefined) throw new TypeError('no schedule was tried');
  console.log(
    `median ${median} schedules (${needed.join(', ')}), by ${[...invariants].join(', ')}; ${cpuSeconds()} s of CPU`,
  );
  return invariants.size > 0 ? 1 : 0;
}

/** Runs this program again, on code with the defect. @returns the exit code */
function runWithDefect(name: string, args: readonly string[]): Promise<number> {
  return withDefect(
    name,
    dirname(import.meta.dirname),
    (main) => spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' }).status ?? 2,
  );
}

/** CPU time of this process so far. */
function cpuSeconds(): string {
  const { user, system } = process.cpuUsage();
  return ((user + system) / 1e6).toFixed(1);
}

/** The arguments without an option and its value. */
function argsWithout(option: string): readonly string[] {
  const args = process.argv.slice(2);
  const at = args.indexOf(option);
  return at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
}

function modesOf(text: string | undefined): readonly PurchaseMode[] {
  if (text === undefined) return simulatedModes;
  const asked = text.split(',');
  const chosen = purchaseModes.filter((mode) => asked.includes(mode));
  if (chosen.length === 0) throw new TypeError(`${text} is no purchase mode`);
  return chosen;
}
