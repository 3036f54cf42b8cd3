import type { LeaseSession } from '../../postgres/lease.js';
import type { ProjectionName } from '../../postgres/tables.js';
import type { Stock } from '../../redis/stock-cache.js';
import type { ApplyOptions, Target } from '../apply/apply-batch.js';
import type { Batch } from '../apply/batching.js';
import type { PlannedStore } from '../apply/targets.js';

/**
 * What the live runner needs of the store of the read models, as an interface that it owns. `test/contracts` holds the adapter
 * for Postgres, and the simulated one, to what is said here. Calls reject when the store does not answer; what they do may have
 * happened.
 */
export interface ReadModelStore extends PlannedStore {
  /** Names the store in messages. */
  readonly name: string;
  /** Applies a batch with its checkpoints, whole or not at all: see `applyBatch`. */
  apply(targets: readonly Target[], batch: Batch, options: ApplyOptions): Promise<readonly Target[]>;
  /** Notes that these projections have reached the end of the log; not those that an operator changed since. */
  markCaughtUp(
    live: readonly { readonly projection: ProjectionName; readonly epoch: bigint }[],
  ): Promise<void>;
  /** Notes which tables cannot have been built from the log at hand, and why; clears the note of all others. */
  noteForeign(
    leaseEpoch: bigint,
    foreign: readonly { readonly projection: ProjectionName; readonly problem: string }[],
  ): Promise<void>;
  /** Notes which log the holder of the lease projects. */
  noteLog(leaseEpoch: bigint, logId: string): Promise<void>;
  /** Records the failure that the holder of the lease retries; null when it has recovered. */
  noteProblem(leaseEpoch: bigint, problem: string | null): Promise<void>;
  /** The stock of these concerts, as the read model `stock` has it. */
  stocksOf(concertIds: readonly string[]): Promise<ReadonlyMap<string, Stock>>;
  /** The stock of the next `count` concerts after one, by their ids. */
  stocksAfter(concertId: string, count: number): Promise<ReadonlyMap<string, Stock>>;
  openLease(): Promise<LeaseSession>;
}
