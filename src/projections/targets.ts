import type { Kysely } from 'kysely';
import { comparePositions, type Position } from '../event-store/recorded-event.js';
import type { Target } from './apply.js';
import { type Checkpoint, loadCheckpoints } from './checkpoints.js';
import { projections } from './models/index.js';
import { loadExceptions } from './parking.js';
import type { Tables } from './tables.js';

export interface LivePlan {
  /** At the end of the log before, so they share a pass over what is new. */
  readonly caughtUp: readonly Target[];
  /** New, reset or resumed: they have a pass of their own, so that the others need not wait. */
  readonly booting: readonly Target[];
  /** Changes when an operator steps in. */
  readonly fingerprint: string;
}

/** What the live runner is to project: neither paused tables, nor those of a rebuild, nor those of another version. */
export async function planLive(database: Kysely<Tables>): Promise<LivePlan> {
  const live = (await loadCheckpoints(database)).filter(({ slot }) => slot === 'live');
  const active = live.filter(({ state }) => state === 'active');
  const exceptionsOf = await loadExceptions(database);
  const targetsOf = (checkpoints: readonly Checkpoint[]) =>
    checkpoints.flatMap((checkpoint) => {
      const target = toTarget(checkpoint);
      return target === null ? [] : [{ ...target, ...exceptionsOf(checkpoint.projection) }];
    });
  return {
    caughtUp: targetsOf(active.filter(({ caughtUp }) => caughtUp)),
    booting: targetsOf(active.filter(({ caughtUp }) => !caughtUp)),
    fingerprint: fingerprintOf(live),
  };
}

export async function liveFingerprint(database: Kysely<Tables>): Promise<string> {
  return fingerprintOf((await loadCheckpoints(database)).filter(({ slot }) => slot === 'live'));
}

const fingerprintOf = (live: readonly Checkpoint[]): string =>
  live
    .map(({ projection, epoch }) => `${projection}:${epoch}`)
    .sort()
    .join();

/** Null when the tables are not of the version of the definition. */
export function toTarget({ projection: name, slot, version, epoch, position }: Checkpoint): Target | null {
  const projection = projections.find((each) => each.name === name);
  if (projection?.version !== version) return null;
  return { projection, slot, epoch, position, parked: new Set(), skipped: new Set() };
}

/** Where one subscription for all of them has to start. */
export function furthestBack(targets: readonly Target[]): Position | null {
  let first: Position | null | undefined;
  for (const { position } of targets) {
    if (position === null) return null;
    if (first === undefined || (first !== null && comparePositions(position, first) < 0)) first = position;
  }
  return first ?? null;
}

export function furthestOf(positions: readonly (Position | null)[]): Position | null {
  const known = positions.filter((position) => position !== null);
  return known.sort(comparePositions).at(-1) ?? null;
}
