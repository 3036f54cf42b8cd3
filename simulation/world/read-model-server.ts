import { comparePositions, type Position, type RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { ProjectionName } from '../../src/postgres/tables.js';
import type { ApplyOptions, Target } from '../../src/projections/apply/apply-batch.js';
import type { Batch } from '../../src/projections/apply/batching.js';
import { type Checkpoint, CheckpointMoved } from '../../src/projections/apply/checkpoints.js';
import { projectionNamed } from '../../src/projections/models/index.js';
import { epoch } from './epoch.js';
import { emptyTables, LedgerModel, type Tables } from './read-model-tables.js';
import type { CachedStock } from './redis-server.js';
import { ServerHealth } from './server-health.js';

/** The read models that are simulated: that of the stock cache, and one more, since checkpoints move apart. */
export const simulatedProjections: readonly ProjectionName[] = ['stock', 'tickets'];

interface LeaseRow {
  holder: string | null;
  logId: string | null;
  epoch: bigint;
  /** By the server's clock, in ms. */
  until: number;
  problem: string | null;
}

/** What commits that did not wait for the disk may lose; the lease does wait. */
interface Data {
  readonly checkpoints: Map<ProjectionName, Checkpoint>;
  readonly tables: Map<ProjectionName, Tables>;
  readonly ledger: LedgerModel;
}

/** Postgres with the read models, as `src/projections/apply` writes them: each call here is one transaction. */
export class ReadModelServer {
  readonly health = new ServerHealth('Postgres');
  #data: Data = {
    checkpoints: new Map(simulatedProjections.map((name) => [name, firstCheckpoint(name)])),
    tables: new Map(simulatedProjections.map((name) => [name, emptyTables()])),
    ledger: new LedgerModel(),
  };
  #lease: LeaseRow = { holder: null, logId: null, epoch: 0n, until: 0, problem: null };

  /** @param now the true time, in ms */
  constructor(private readonly now: () => number) {}

  get checkpoints(): readonly Checkpoint[] {
    return [...this.#data.checkpoints.values()];
  }

  get ledger(): LedgerModel {
    return this.#data.ledger;
  }

  tablesOf(name: ProjectionName): Tables {
    return this.#data.tables.get(name) ?? emptyTables();
  }

  stocks(): ReadonlyMap<string, CachedStock> {
    return this.tablesOf('stock').stocks();
  }

  /** `applyBatch`. @throws {CheckpointMoved} with nothing written */
  apply(targets: readonly Target[], batch: Batch, options: ApplyOptions): readonly Target[] {
    const { position: to } = batch;
    if (to === null) return targets;
    const behind = targets.filter(({ position }) => isBefore(position, to));
    const { leaseEpoch, logId, after } = options;
    for (const { projection, epoch, position } of behind) {
      const found = this.#data.checkpoints.get(projection.name);
      const isOurs = leaseEpoch === null || leaseEpoch === this.#lease.epoch;
      if (found?.epoch !== epoch) throw new CheckpointMoved();
      if (!isSame(found.position, position) || !isOurs) throw new CheckpointMoved();
    }
    const events = batch.events.map(({ event }) => event);
    this.#data.ledger.take({ logId, after, to, events });
    for (const target of behind) {
      const fresh = batch.events.filter(({ position }) => isBefore(target.position, position));
      this.tablesOf(target.projection.name).take(
        fresh.map(({ event }) => event),
        this.#data.ledger,
      );
      this.#move(target.projection.name, to, logId, events.at(-1));
    }
    return targets.map((target) => (behind.includes(target) ? { ...target, position: to } : target));
  }

  #move(name: ProjectionName, position: Position, logId: string, last: RecordedEvent | undefined): void {
    this.change(name, {
      ...{ position, logId },
      ...(last === undefined ? {} : { lastEvent: last, lastEventAt: last.recordedAt }),
    });
  }

  change(name: ProjectionName, changes: Partial<Checkpoint>): void {
    const found = this.#data.checkpoints.get(name);
    if (found !== undefined) this.#data.checkpoints.set(name, { ...found, ...changes });
  }

  /** `startOver`, of an operator: empty tables, and a checkpoint at the start of the log. */
  reset(name: ProjectionName): void {
    this.#data.tables.set(name, emptyTables());
    const { epoch } = this.#data.checkpoints.get(name) ?? { epoch: 0n };
    this.#data.checkpoints.set(name, { ...firstCheckpoint(name), epoch: epoch + 1n });
  }

  holdsLease(leaseEpoch: bigint): boolean {
    return this.#lease.epoch === leaseEpoch;
  }

  takeLease(holder: string, logId: string, leaseMs: number): bigint | null {
    if (this.#lease.until > this.#time && this.#lease.holder !== holder) return null;
    const epoch = this.#lease.epoch + 1n;
    this.#lease = { holder, logId, epoch, until: this.#time + leaseMs, problem: null };
    return epoch;
  }

  get lease(): Readonly<LeaseRow> {
    return this.#lease;
  }

  renewLease(leaseEpoch: bigint, leaseMs: number): boolean {
    if (this.#lease.epoch !== leaseEpoch) return false;
    this.#lease.until = this.#time + leaseMs;
    return true;
  }

  noteInLease(leaseEpoch: bigint, note: Partial<Pick<LeaseRow, 'logId' | 'problem'>>): void {
    if (this.#lease.epoch === leaseEpoch) Object.assign(this.#lease, note);
  }

  dump(): Data {
    const { checkpoints, tables, ledger } = this.#data;
    return {
      checkpoints: new Map(checkpoints),
      tables: new Map([...tables].map(([name, each]) => [name, each.copy()])),
      ledger: ledger.copy(),
    };
  }

  /** Starts again without its last commits; the lease is as it was. */
  restore(data: Data): void {
    this.#data = data;
    this.health.cut();
  }

  get #time(): number {
    return epoch + this.now();
  }
}

const isBefore = (position: Position | null, other: Position): boolean =>
  position === null || comparePositions(position, other) < 0;

const isSame = (one: Position | null, other: Position | null): boolean =>
  one === null || other === null ? one === other : comparePositions(one, other) === 0;

const firstCheckpoint = (projection: ProjectionName): Checkpoint => ({
  ...{ projection, slot: 'live', version: projectionNamed(projection).version, position: null },
  ...{ lastEventAt: null, state: 'active', caughtUp: false, problem: null, epoch: 0n },
  ...{ logId: null, lastEvent: null, foreignLog: null, comparedEpoch: null },
});
