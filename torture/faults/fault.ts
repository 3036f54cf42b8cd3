import type { Cluster, ClusterSpec } from '../cluster/cluster.js';
import type { Service } from '../cluster/service.js';
import type { CrowdShape } from '../crowd/plan.js';

/** What a fault gets to do its harm with. Everything it draws comes from the seed. */
export interface Nemesis {
  readonly cluster: Cluster;
  /** The concerts on sale: the first in mode `queue`, the second in the mode of the trial. */
  readonly concerts: readonly string[];
  /** From 0 up to 1, the same for a seed. */
  readonly random: () => number;
  /** Whether faults that last long are cut short. */
  readonly isShort: boolean;
  /** Notes what was done, and when, for the record. */
  note(what: string): void;
  pause(ms: number): Promise<void>;
  /** A process, by the seed. */
  anyService(): Service;
  /** The owner of a concert, by the seed; any process where none owns it. */
  anOwner(): Promise<Service>;
  /** Notes that a process died, so that the time to the next sale of others is measured. */
  died(service: Service): void;
}

export interface Variant {
  readonly name: string;
  readonly spec?: Partial<ClusterSpec>;
  readonly crowd?: Partial<CrowdShape>;
  /** Why it cannot be done here; null if it can. */
  cannot?(cluster: Cluster): string | null;
  /** Before the first customer comes. */
  prepare?(nemesis: Nemesis): Promise<void>;
  /** Does harm while purchases are in flight. What it leaves behind is healed afterwards. */
  strike(nemesis: Nemesis): Promise<void>;
}

export interface Fault {
  readonly id: string;
  readonly what: string;
  /** Seed n takes the n-th of them, and begins again at the end. */
  readonly variants: readonly Variant[];
}

/** The lease of an owner in ms, as the service has it (src/redis/queue/arrival-queue.ts). */
export const ownerLeaseMs = 1_000;
