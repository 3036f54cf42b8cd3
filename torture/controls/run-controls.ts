import { rmSync, writeFileSync } from 'node:fs';
import { Clusters } from '../cluster/clusters.js';
import { startServers } from '../cluster/servers.js';
import type { CrowdShape } from '../crowd/plan.js';
import { faultNamed } from '../faults/index.js';
import { planOf, runTrial } from '../trial.js';
import { type Control, controls } from './controls.js';
import { misfits, VariantBuild } from './variant-build.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);
/** Customers of a broken build may wait for ever. */
const settleMs = 10_000;
/** A control is caught if so large a part of its seeds is. */
const leastCaught = 0.95;

export interface ControlOptions {
  /** Null for all. */
  readonly names: readonly string[] | null;
  readonly seeds: readonly number[];
  readonly keep: string;
  readonly jsonFile: string | null;
  readonly shape: Partial<CrowdShape>;
}

interface Caught {
  readonly control: string;
  readonly seeds: number;
  readonly caught: number;
  readonly by: readonly string[];
}

/** Judges the judge: sells with builds that break a rule. @returns the exit code: 1 when one of them is not noticed */
export async function runControls({
  names,
  seeds,
  keep,
  jsonFile,
  shape: usual,
}: ControlOptions): Promise<number> {
  const chosen = controls.filter(({ name }) => names === null || names.includes(name));
  const unknown = names?.filter((name) => controls.every((control) => control.name !== name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`there is no control ${unknown.join(', ')}`);
  const unfit = misfits(chosen);
  if (unfit.length > 0) throw new TypeError(unfit.join('\n'));
  const servers = await startServers(say);
  const results: Caught[] = [];
  try {
    for (const control of chosen) results.push(await tryOut(control));
  } finally {
    await servers.stop();
  }
  if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  const missed = results.filter(({ caught, seeds }) => caught < leastCaught * seeds);
  say(`${results.length - missed.length} passed, ${missed.length} failed`);
  return missed.length > 0 ? 1 : 0;

  async function tryOut(control: Control): Promise<Caught> {
    const build = new VariantBuild(control, servers.caretaker.folder);
    const clusters = new Clusters(servers, build.serviceFile);
    const by = new Set<string>();
    let caught = 0;
    const { name, what, fault, variant, mode, shape, expects } = control;
    for (const seed of seeds) {
      const plan = planOf([faultNamed(fault)], seed, {
        isShort: true,
        mode,
        // The first concert is sold without holds, which some invariants ask more of.
        holding: 1,
        ...(variant !== undefined && { variant }),
        settleMs,
        shape: { ...usual, ...shape },
      });
      const verdict = await runTrial(plan, await clusters.as(plan.spec), keep);
      const named = verdict.named.filter((id) => expects.includes(id));
      for (const id of named) by.add(id);
      if (named.length > 0) caught++;
      else
        say(
          `  ${name} seed ${seed}: not caught (${verdict.outcome}: ${verdict.named.join(', ')}); the history: ${verdict.file}`,
        );
      if (named.length > 0) rmSync(verdict.file);
    }
    await clusters.discard();
    build.remove();
    say(
      `${name} (${what}; under ${fault}): caught in ${caught} of ${seeds.length} by ${[...by].join(', ') || 'nothing'}`,
    );
    return { control: name, seeds: seeds.length, caught, by: [...by] };
  }
}
