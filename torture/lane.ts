import { rmSync, writeFileSync } from 'node:fs';
import type { Cluster } from './cluster/cluster.js';
import { Clusters, shippedService } from './cluster/clusters.js';
import { type Servers, startServers } from './cluster/servers.js';
import type { TrialVerdict } from './judging/judge-trial.js';
import { say, tell } from './report.js';
import { type Plan, runTrial } from './trial.js';

export interface Skipped {
  readonly name: string;
  readonly why: string;
  /** Whether this machine, or the servers that the environment names, do not allow it. */
  readonly isImpossible: boolean;
}

export interface LaneOptions {
  /** Folder for the histories. */
  readonly keep: string;
  readonly keepAll: boolean;
  /** How often a trial is run again that could not be judged, as on a machine that had too little CPU. */
  readonly repeats: number;
}

/** Servers of its own, on which one trial runs after the other. */
export class Lane {
  readonly #clusters: Clusters;

  private constructor(
    private readonly servers: Servers,
    private readonly options: LaneOptions,
  ) {
    this.#clusters = new Clusters(servers, shippedService);
  }

  static async start(options: LaneOptions): Promise<Lane> {
    return new Lane(await startServers(say), options);
  }

  async run(plan: Plan): Promise<TrialVerdict | Skipped> {
    const name = nameOf(plan);
    const cluster = await this.#clusters.as(plan.spec);
    const obstacle = plan.variants
      .map((variant) => variant.cannot?.(cluster) ?? null)
      .find((why) => why !== null);
    if (obstacle !== undefined) {
      say(`${name}: skipped: ${obstacle}`);
      return { name, why: obstacle, isImpossible: true };
    }
    for (let tries = 0; ; tries++) {
      const verdict = await this.#try(plan, name);
      if ('why' in verdict || tries >= this.options.repeats) return verdict;
      if (verdict.outcome === 'sound' || verdict.outcome === 'violated') return verdict;
      say(`${name}: once more`);
    }
  }

  async #try(plan: Plan, name: string): Promise<TrialVerdict | Skipped> {
    say(`${name} begins`);
    const { keep, keepAll } = this.options;
    try {
      const cluster = await this.#clusters.as(plan.spec);
      const verdict = await runTrial(plan, cluster, keep);
      tell(verdict);
      if (verdict.outcome === 'sound' && !keepAll) rmSync(verdict.file);
      else writeOutput(cluster, verdict.file);
      // What a violated trial leaves behind is not to spoil the next one.
      if (verdict.outcome !== 'sound') await this.#clusters.discard();
      return verdict;
    } catch (error) {
      const why = String(error instanceof Error ? error.stack : error);
      say(`${name}: could not be run: ${why}`);
      await this.#clusters.discard();
      await this.servers.heal();
      return { name, why, isImpossible: false };
    }
  }

  async stop(): Promise<void> {
    await this.#clusters.discard();
    await this.servers.stop();
  }
}

/** What the processes wrote, beside the history. */
function writeOutput({ services }: Cluster, file: string): void {
  for (const { name, output } of services)
    writeFileSync(file.replace(/ndjson$/, `${name}.log`), `${output.join('\n')}\n`);
}

const nameOf = ({ faults, variants, mode, seed }: Plan): string =>
  `${faults.map(({ id }) => id).join('+')} (${variants.map(({ name }) => name).join(' + ')}; queue and ${mode}) seed ${seed}`;
