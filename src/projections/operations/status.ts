import type { Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import { isLockHeld, rebuildLock } from '../../postgres/advisory-lock.js';
import type { Database } from '../../postgres/database.js';
import { type LeaseStatus, leaseStatus } from '../../postgres/lease.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { ageMs } from '../apply/age.js';
import { isBefore } from '../apply/apply-batch.js';
import { type Checkpoint, loadCheckpoints } from '../apply/checkpoints.js';
import type { LogCheck } from '../apply/log-check.js';
import { furthestBack } from '../apply/targets.js';
import { projectionNamed } from '../models/index.js';
import { listParked } from './retry-parked.js';

/**
 * - booting: reads history, for the first time or after a reset or pause
 * - active: applies new events
 * - stalled: applies nothing, or fails and retries; the problem says why
 * - paused: by an operator
 * - rebuilding: a build fills new tables beside these, which stay active
 * - error: stopped until an operator acts; the problem says why
 */
export type ProjectionState = 'booting' | 'active' | 'stalled' | 'paused' | 'rebuilding' | 'error';

export interface ProjectionStatus {
  readonly name: ProjectionName;
  readonly state: ProjectionState;
  readonly problem: string | null;
  readonly position: Position | null;
  readonly lastEventAt: Date | null;
  /** Events held back, over all concerts. */
  readonly parkedEvents: bigint;
  readonly parkedConcerts: number;
  /** Progress of the tables that will replace these, and whether a process builds them now. */
  readonly build: {
    readonly position: Position | null;
    readonly problem: string | null;
    readonly running: boolean;
  } | null;
  /** The log that the tables were built from; null before the first event. */
  readonly logId: string | null;
}

/** How long the lease may be free before the status reports it, in ms: the longest takeover. */
const vacancyMs = 4_000;

export interface Lag {
  /** Events in the log that are not in the tables yet. */
  readonly events: number;
  /** Time that the oldest of them has been in the log; 0 when there is none. */
  readonly seconds: number;
  /** Whether counting stopped early, so that there may be more. */
  readonly atLeast: boolean;
}

/**
 * The state of all projections, from Postgres alone: cheap enough for every scrape of metrics.
 * @param log additionally checks the log: can the tables have been built from it?
 */
export async function projectionStatus(
  database: Database,
  log: LogCheck | null = null,
): Promise<readonly ProjectionStatus[]> {
  const checkpoints = await loadCheckpoints(database.kysely);
  const parked = await listParked(database);
  const lease = await leaseStatus(database.kysely);
  const running = await isLockHeld(database.kysely, rebuildLock(database));
  const live = checkpoints.filter(({ slot }) => slot === 'live');
  return Promise.all(
    live.map(async (stored) => {
      const foreignLog = log === null ? stored.foreignLog : await log.whyForeign(stored);
      const checkpoint = { ...stored, foreignLog };
      const { projection: name, position, lastEventAt, logId } = checkpoint;
      const build = checkpoints.find((each) => each.slot === 'build' && each.projection === name) ?? null;
      const held = parked.filter((each) => each.projection === name);
      return {
        name,
        ...stateOf(checkpoint, build, running, lease),
        position,
        lastEventAt,
        logId,
        parkedEvents: held.reduce((sum, { events }) => sum + events, 0n),
        parkedConcerts: held.length,
        build: build === null ? null : { position: build.position, problem: build.problem, running },
      };
    }),
  );
}

type State = { readonly state: ProjectionState; readonly problem: string | null };

const error = (problem: string): State => ({ state: 'error', problem });

function stateOf(live: Checkpoint, build: Checkpoint | null, running: boolean, lease: LeaseStatus): State {
  const { projection, foreignLog, state } = live;
  const { version } = projectionNamed(projection);
  const again = `\`onsale projections rebuild ${projection}\``;
  const problem = live.problem ?? build?.problem ?? null;
  if (problem !== null) return error(problem);
  if (running && build !== null) return { state: 'rebuilding', problem };
  if (foreignLog !== null) {
    return error(
      `its tables were ${foreignLog}. ${again} makes them from this log, and keeps the old tables`,
    );
  }
  if (live.version !== version) {
    return error(`its tables are of version ${live.version}, this onsale needs ${version}: rebuild it`);
  }
  if (state === 'paused') return { state: 'paused', problem };
  const stalled = whyStalled(lease);
  if (stalled !== null) return { state: 'stalled', problem: stalled };
  return { state: live.caughtUp ? 'active' : 'booting', problem };
}

function whyStalled({ freeForMs, holder, problem, problemSince }: LeaseStatus): string | null {
  if (freeForMs > vacancyMs) {
    const last = holder === null ? '' : `; the last was ${holder}`;
    return `no process has projected for ${Math.round(freeForMs / 1_000)} s${last}`;
  }
  if (problem === null) return null;
  return `projecting has failed since ${problemSince?.toISOString() ?? 'a moment ago'} and is tried again: ${problem}`;
}

/**
 * Counts the events between a position and the end of the log by reading them, so it takes as long as the lag is. Stops at
 * `mostEvents` or after `patienceMs`.
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

/**
 * Age of the oldest event that active projections lack, in seconds; 0 when they lack none.
 * @throws when the log does not answer within a second
 */
export async function activeLagSeconds(
  store: Pick<EventStore, 'subscribe'>,
  projections: readonly Pick<ProjectionStatus, 'state' | 'position'>[],
): Promise<number> {
  const active = projections.filter(({ state }) => state === 'active');
  if (active.length === 0) return 0;
  const { events, seconds, atLeast } = await measureLag(store, furthestBack(active), {
    mostEvents: 1,
    patienceMs: 1_000,
  });
  if (events === 0 && atLeast) throw new Error('the log does not say within a second what is new in it');
  return seconds;
}
