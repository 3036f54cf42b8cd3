import { comparePositions, type Position } from '../../domain/log/recorded-event.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { projections } from '../models/index.js';
import type { Target } from './apply-batch.js';
import type { Checkpoint } from './checkpoints.js';
import { type LedgerStore, resetForeignLedger } from './ledger/ledger.js';
import type { LogCheck } from './log-check.js';
import type { Exceptions } from './park.js';

/** What a plan is made from. */
export interface PlannedStore extends LedgerStore {
  checkpoints(): Promise<readonly Checkpoint[]>;
  /** What each projection leaves out. */
  exceptions(): Promise<(projection: ProjectionName) => Exceptions>;
}

export interface LivePlan {
  /** Projections that were at the end of the log before: they share one pass over new events. */
  readonly caughtUp: readonly Target[];
  /** New, reset or resumed projections: they have a pass of their own, so that the others need not wait. */
  readonly booting: readonly Target[];
  /** Tables built from another log than the one at hand: they are left alone until an operator rebuilds them. */
  readonly foreign: readonly { readonly projection: ProjectionName; readonly problem: string }[];
  /** The ledger's position: further than every target, unless the ledger was emptied. */
  readonly ledger: Position | null;
  /** Changes when an operator steps in. */
  readonly fingerprint: string;
}

/**
 * Plans the live runner's passes: neither paused tables, nor those of a rebuild, of another version, or of another log.
 * @throws {EventStoreUnavailable}
 */
export async function planLive(store: PlannedStore, log: LogCheck): Promise<LivePlan> {
  const live = (await store.checkpoints()).filter(({ slot }) => slot === 'live');
  const checked = await Promise.all(
    live.map(async (checkpoint) => ({ checkpoint, problem: await log.whyForeign(checkpoint) })),
  );
  const active = checked
    .filter(({ checkpoint, problem }) => checkpoint.state === 'active' && problem === null)
    .map(({ checkpoint }) => checkpoint);
  const exceptionsOf = await store.exceptions();
  const targetsOf = (checkpoints: readonly Checkpoint[]) =>
    checkpoints.flatMap((checkpoint) => {
      const target = toTarget(checkpoint);
      return target === null ? [] : [{ ...target, ...exceptionsOf(checkpoint.projection) }];
    });
  // Without any target, all tables may be of another log, which may be a mistake: the ledger is left alone too.
  if (active.length > 0) await resetForeignLedger(store, log);
  return {
    ledger: (await store.ledger()).position,
    caughtUp: targetsOf(active.filter(({ caughtUp }) => caughtUp)),
    booting: targetsOf(active.filter(({ caughtUp }) => !caughtUp)),
    foreign: checked.flatMap(({ checkpoint: { projection }, problem }) =>
      problem === null ? [] : [{ projection, problem }],
    ),
    fingerprint: fingerprintOf(live),
  };
}

export async function liveFingerprint(store: Pick<PlannedStore, 'checkpoints'>): Promise<string> {
  return fingerprintOf((await store.checkpoints()).filter(({ slot }) => slot === 'live'));
}

const fingerprintOf = (live: readonly Checkpoint[]): string =>
  live
    .map(({ projection, epoch }) => `${projection}:${epoch}`)
    .sort()
    .join();

/** Null when the tables are not of the definition's version. */
export function toTarget({ projection: name, slot, version, epoch, position }: Checkpoint): Target | null {
  const projection = projections.find((each) => each.name === name);
  if (projection?.version !== version) return null;
  return { projection, slot, epoch, position, parked: new Set(), skipped: new Set() };
}

/** The position at which one subscription for all targets has to start. */
export function furthestBack(targets: readonly { readonly position: Position | null }[]): Position | null {
  let first: Position | null | undefined;
  for (const { position } of targets) {
    if (position === null) return null;
    if (first === undefined || (first !== null && comparePositions(position, first) < 0)) first = position;
  }
  return first ?? null;
}
