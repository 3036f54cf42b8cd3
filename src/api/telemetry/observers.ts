import type { Logger } from 'pino';
import type { CommandObserver } from '../../commands/observer.js';
import type { ProjectionObserver } from '../../projections/live/observer.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** Turns the reports of the modules below into metrics and log lines. */

export function commandObserver(metrics: Metrics, logger: Logger): CommandObserver {
  const seldom = seldomLogger(logger);
  return {
    inFlight: (count) => metrics.commandsInFlight.set(count),
    ranWithoutLock(concertId, problem) {
      metrics.withoutLock.inc();
      seldom(
        'lock',
        { concertId, problem },
        'Redis gives no lock; purchases go on, guarded by the expected revision alone',
      );
    },
    lockReleaseFailed(concertId, problem) {
      metrics.redisFailures.labels('release').inc();
      seldom('release', { concertId, problem }, 'cannot release a lock; its lease runs out by itself');
    },
    stockWriteFailed(problem) {
      metrics.redisFailures.labels('stock').inc();
      seldom('stock', { problem }, 'cannot write the stock cache; the projection corrects it');
    },
    ownershipBegan() {
      metrics.ownedConcerts.inc();
      metrics.ownerships.inc();
    },
    ownershipEnded: () => metrics.ownedConcerts.dec(),
    handedOver(_concertId, purchases) {
      metrics.handOvers.inc();
      metrics.handedOver.inc(purchases);
    },
    queueBypassed(concertId, problem) {
      metrics.redisFailures.labels('queue').inc();
      seldom('queue', { concertId, problem }, 'cannot use the arrival queue; purchases go on without it');
    },
    queueEntriesDropped(concertId, why, count) {
      metrics.queueEntriesDropped.labels(why).inc(count);
      seldom(
        `queue ${why}`,
        { concertId, why, count },
        'entries of the arrival queue were dropped undecided; buyers ask again',
      );
    },
    holdSweepFailed(concertId, problem) {
      metrics.holdSweepFailures.inc();
      seldom('holds', { concertId, problem }, 'cannot end the holds that are due; it is tried again');
    },
    snapshotSaved(concertId, milliseconds) {
      metrics.snapshots.labels('taken').inc();
      metrics.snapshotDuration.observe(milliseconds / 1000);
      logger.debug({ concertId, milliseconds }, 'a snapshot was taken');
    },
    snapshotSaveFailed(concertId, problem) {
      metrics.snapshots.labels('failed').inc();
      seldom('snapshot', { concertId, problem }, 'cannot take a snapshot; it is tried again later');
    },
    snapshotUsed: () => metrics.snapshots.labels('used').inc(),
    snapshotIgnored(concertId, problem) {
      metrics.snapshots.labels('ignored').inc();
      seldom('ignored', { concertId, problem }, 'snapshot not used: the whole log was read');
    },
    concertExceededMemory(concertId, purchases) {
      logger.warn(
        { concertId, purchases },
        'a concert is larger than MAX_PURCHASES_IN_MEMORY; it is kept while in use, and no other beside it',
      );
    },
    logFoundShorter(concertId, claimed, end) {
      const about = { concertId, claimed: String(claimed), end: String(end) };
      logger.error(
        about,
        'the log ends before a revision that this process has seen: was it restored from a backup?',
      );
    },
    appendConflicted: () => metrics.conflicts.inc(),
    appended(commands, events, milliseconds) {
      metrics.appendCommands.observe(commands);
      metrics.appendedEvents.inc(events);
      metrics.appendDuration.observe(milliseconds / 1000);
    },
  };
}

export interface ProjectionState {
  /** Whether this process is the one that projects. */
  readonly leading: boolean;
  /** Age of the newest event of the last batch when its rows were committed, in ms; null before the first. */
  readonly lagMs: number | null;
  /** The part that failed since the last batch, and is being tried again. */
  readonly failing: string | null;
}

/** The observer, and the state that was last reported to it. */
export function projectionObserver(
  metrics: Metrics,
  logger: Logger,
  tracing: Pick<Tracing, 'projected'> | null = null,
): { readonly observer: ProjectionObserver; state(): ProjectionState } {
  const seldom = seldomLogger(logger);
  let state: ProjectionState = { leading: false, lagMs: null, failing: null };
  const observer: ProjectionObserver = {
    leading(leading) {
      metrics.projecting.set(leading ? 1 : 0);
      logger.info({ leading }, leading ? 'this process projects' : 'this process stands by');
      state = { ...state, leading };
    },
    applied({ events, lagMs, tookMs, traces }) {
      metrics.projectedEvents.inc(events);
      if (lagMs !== null) metrics.projectionLag.observe(lagMs / 1000);
      state = { ...state, lagMs: lagMs ?? state.lagMs, failing: null };
      const appends = tracing === null ? [] : traces();
      if (appends.length > 0) tracing?.projected(appends, events, tookMs);
    },
    failed(part, error) {
      metrics.projectionFailures.labels(part).inc();
      seldom(part, { part, err: error }, 'projecting failed and is tried again');
      state = { ...state, failing: part };
    },
  };
  return { observer, state: () => state };
}

const oncePerMs = 10_000;

/** Warns at most once per 10 s and topic, so that an outage in the middle of a rush is a line and not a flood. */
function seldomLogger(logger: Logger) {
  const quietUntil = new Map<string, number>();
  return (topic: string, about: object, message: string): void => {
    const now = performance.now();
    if (now < (quietUntil.get(topic) ?? 0)) return;
    quietUntil.set(topic, now + oncePerMs);
    logger.warn(about, message);
  };
}
