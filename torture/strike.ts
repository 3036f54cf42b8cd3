import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../src/cli/demo/random.js';
import type { Cluster } from './cluster/cluster.js';
import type { Service } from './cluster/service.js';
import type { History } from './crowd/history.js';
import type { Nemesis } from './faults/fault.js';
import type { Plan } from './trial.js';

export interface Note {
  readonly at: number;
  readonly what: string;
}

interface Death {
  readonly concertId: string;
  readonly at: number;
  /** The last event of the concert at the death: a sale after it is of another process. */
  readonly revision: Promise<number>;
}

/** Carries out the faults of a plan, and records what was done when. */
export class Strike {
  readonly notes: Note[] = [];
  readonly deaths: Death[] = [];
  beganAt = 0;
  endedAt = 0;
  readonly #nemeses: readonly Nemesis[];

  constructor(
    private readonly plan: Plan,
    private readonly cluster: Cluster,
    private readonly concerts: readonly string[],
    private readonly history: History,
  ) {
    this.#nemeses = plan.variants.map((_, i) => this.#nemesis(seededRandom(plan.seed * 31 + i)));
  }

  note(what: string): void {
    this.notes.push({ at: Math.round(this.history.now()), what });
  }

  async prepare(): Promise<void> {
    await this.#each(async (i) => this.plan.variants[i]?.prepare?.(this.#nemesisAt(i)));
  }

  async run(): Promise<void> {
    this.beganAt = this.history.now();
    await this.#each(async (i) => this.plan.variants[i]?.strike(this.#nemesisAt(i)));
    this.endedAt = this.history.now();
  }

  async #each(act: (i: number) => Promise<unknown>): Promise<void> {
    await Promise.all(this.plan.variants.map((_, i) => act(i)));
  }

  #nemesisAt(i: number): Nemesis {
    const nemesis = this.#nemeses[i];
    if (nemesis === undefined) throw new TypeError('a nemesis for each variant');
    return nemesis;
  }

  #nemesis(random: () => number): Nemesis {
    const { cluster, concerts } = this;
    let hunted = concerts[0] ?? '';
    const anyService = (): Service => {
      const running = cluster.services.filter((service) => service.isRunning);
      const service = running[Math.floor(random() * running.length)] ?? cluster.services[0];
      if (service === undefined) throw new TypeError('a cluster has processes');
      return service;
    };
    return {
      cluster,
      concerts,
      random,
      isShort: this.plan.isShort,
      note: (what) => this.note(what),
      pause: (ms) => delay(ms),
      anyService,
      anOwner: async () => {
        hunted = concerts[Math.floor(random() * concerts.length)] ?? '';
        return (await cluster.ownerOf(hunted)) ?? anyService();
      },
      died: () => {
        const concertId = hunted;
        const last = cluster.direct.store.readLast(concertId);
        const revision = last.then((event) => Number(event?.revision ?? -1n)).catch(() => Number.NaN);
        this.deaths.push({ concertId, at: this.history.now(), revision });
      },
    };
  }
}
