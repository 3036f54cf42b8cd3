import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/recorded-event.js';
import { ageMs } from './age.js';
import { isBefore } from './apply.js';
import { type Checkpoint, loadCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import { projectionNamed } from './models/index.js';
import { listParked } from './parked-events.js';
import type { ProjectionName } from './projection.js';

/**
 * - booting: on its way to the end of the log, for the first time or after a reset or pause
 * - active: takes in what is new
 * - paused: by an operator
 * - rebuilding: in place, or beside tables that go on being active
 * - error: stopped until somebody acts; the problem says why
 */
export type ProjectionState = 'booting' | 'active' | 'paused' | 'rebuilding' | 'error';

export interface ProjectionStatus {
  readonly name: ProjectionName;
  readonly state: ProjectionState;
  readonly problem: string | null;
  readonly position: Position | null;
  readonly lastEventAt: Date | null;
  /** Events held back, over all concerts. */
  readonly parkedEvents: bigint;
  readonly parkedConcerts: number;
  /** How far the tables that will take the place of these have come. */
  readonly build: { readonly position: Position | null; readonly problem: string | null } | null;
}

export interface Lag {
  /** Events in the log that are not in the tables yet. */
  readonly events: number;
  /** How long the oldest of them has been in the log; 0 when there is none. */
  readonly seconds: number;
  /** Whether counting was given up, so that there may be more. */
  readonly atLeast: boolean;
}

/** How all projections are doing, from Postgres alone: cheap enough for every scrape of metrics. */
export async function projectionStatus(database: Database): Promise<readonly ProjectionStatus[]> {
  const checkpoints = await loadCheckpoints(database.kysely);
  const parked = await listParked(database);
  const live = checkpoints.filter(({ slot }) => slot === 'live');
  return live.map((checkpoint) => {
    const { projection: name, position, lastEventAt } = checkpoint;
    const build = checkpoints.find((each) => each.slot === 'build' && each.projection === name) ?? null;
    const held = parked.filter((each) => each.projection === name);
    return {
      name,
      ...stateOf(checkpoint, build),
      position,
      lastEventAt,
      parkedEvents: held.reduce((sum, { events }) => sum + events, 0n),
      parkedConcerts: held.length,
      build: build === null ? null : { position: build.position, problem: build.problem },
    };
  });
}

function stateOf(
  live: Checkpoint,
  build: Checkpoint | null,
): { readonly state: ProjectionState; readonly problem: string | null } {
  const { version } = projectionNamed(live.projection);
  const problem = live.problem ?? build?.problem ?? null;
  if (problem !== null) return { state: 'error', problem };
  if (build !== null || live.state === 'rebuilding') return { state: 'rebuilding', problem };
  if (live.version !== version) {
    const outdated = `its tables are of version ${live.version}, this onsale needs ${version}: rebuild it`;
    return { state: 'error', problem: outdated };
  }
  if (live.state === 'paused') return { state: 'paused', problem };
  return { state: live.caughtUp ? 'active' : 'booting', problem };
}

/**
 * Counts what lies between a position and the end of the log, by reading it: as long as the lag is. Gives up at `mostEvents`
 * or after `patienceMs`.
 */
export async function measureLag(
  store: Pick<EventStore, 'subscribe'>,
  position: Position | null,
  { mostEvents = 100_000, patienceMs = 5_000 } = {},
): Promise<Lag> {
  let events = 0;
  let oldest: Date | null = null;
  const secondsOf = () => (oldest === null ? 0 : ageMs(oldest) / 1_000);
  for await (const message of store.subscribe(position, AbortSignal.timeout(patienceMs))) {
    if (message.kind === 'caught-up') return { events, seconds: secondsOf(), atLeast: false };
    if (message.kind === 'checkpoint' || !isBefore(position, message.position)) continue;
    events += 1;
    oldest ??= message.event.recordedAt;
    if (events >= mostEvents) break;
  }
  return { events, seconds: secondsOf(), atLeast: true };
}
