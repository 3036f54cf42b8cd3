import { LRUCache } from 'lru-cache';
import type { Concert } from '../../domain/concert.js';
import { isDue } from '../../domain/holds/due.js';
import { nextExpiryAt } from '../../domain/holds/promised.js';
import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import { Wake } from '../../waiting/wake.js';
import type { CommandObserver } from '../observer.js';
import { type PendingCommand, PendingCommandOf } from '../pending-command.js';
import { upTo } from '../state/lru-options.js';

/** Finds what no process remembers: all that had the concert in memory may have ended. */
export interface OverdueHolds {
  /** Up to `most` concerts with open holds that expired before this time. May lag the log. Rejects when it cannot be known. */
  concerts(expiredBefore: Date, most: number): Promise<readonly string[]>;
}

export interface SweepContext {
  readonly clock: Clock;
  readonly observer: CommandObserver;
  /** Has the command decided, in the mode of its concert; `elsewhere` when another process will append what is due. */
  readonly handle: (command: PendingCommand) => Promise<'handled' | 'elsewhere'>;
  /** As `handle`, whoever owns the concert. */
  readonly handleHere: (command: PendingCommand) => Promise<void>;
  readonly overdue: OverdueHolds;
  /** The state at the end of the log. */
  readonly latest: (concertId: string) => Promise<Concert>;
}

/** The longest pause between two looks, in ms: the wall clock, by which holds expire, may be set. */
const longestPauseMs = 250;
/** The pause between two sweeps of a concert in which more is due than one append ends, in ms: the other appends end some too. */
const paceMs = 10;
/** How long a concert rests that another process is to sweep, in ms; and at first one that could not be swept. */
const restMs = 300;
const longestRestMs = 30_000;
/** After so many rests this process sweeps the concert, whoever owns it. */
const mostRests = 3;
/** How often it is asked which holds are overdue, in ms, and how long overdue they are then. */
const overdueEveryMs = 500;
const overdueMs = 1_000;
const mostOverdue = 100;
/** The most concerts with open holds that are watched; and that are swept at the same time. */
const mostConcerts = 100_000;
const mostAtOnce = 16;

/**
 * Has events appended that time has made due, where nobody else does: every append begins with what is due, so an expiry waits for
 * the sweep only while nobody appends. Knows from the state of a concert when its next hold expires, and does nothing before.
 *
 * Every process sweeps the concerts that it has seen, and those that are found to be overdue. The owner of a concert goes first; without an owner, and in modes that have
 * none, the expected revision decides whose append counts.
 */
export class HoldSweep {
  /** Concerts with open holds. */
  readonly #watched = new LRUCache<string, Watched>(upTo(mostConcerts));
  readonly #running = new Map<string, Promise<void>>();
  readonly #wake: Wake;
  readonly #looking: Promise<void>;
  readonly #asking: Promise<void>;
  readonly #ending = new AbortController();
  #nextLook = Number.POSITIVE_INFINITY;
  #stopping = false;

  constructor(private readonly context: SweepContext) {
    this.#wake = new Wake(context.clock);
    this.#looking = this.#lookAgainAndAgain();
    this.#asking = this.#askAgainAndAgain();
  }

  /** Call it with every state that follows from the log. */
  note(concert: Concert): void {
    const { concertId } = concert;
    const expiry = nextExpiryAt(concert);
    const isDueNow = isDue(concert, this.context.clock.wallTime());
    if (expiry === null && !isDueNow) this.#watched.delete(concertId);
    else if (!isDueNow) this.#watch(concertId, { dueAt: expiry ?? 0, tries: 0 });
    else this.#watchSoon(concertId);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ending.abort();
    this.#wake.wake();
    await Promise.all([this.#looking, this.#asking]);
    await Promise.all(this.#running.values());
  }

  /** Events are due: the other appends end some of a crowd too, so the sweep leaves them a pause. */
  #watchSoon(concertId: string): void {
    const { dueAt, tries } = this.#watched.peek(concertId) ?? { dueAt: Number.POSITIVE_INFINITY, tries: 0 };
    const soon = this.#now() + paceMs;
    if (tries === 0 && dueAt > soon) this.#watch(concertId, { dueAt: soon, tries });
  }

  #watch(concertId: string, watched: Watched): void {
    this.#watched.set(concertId, watched);
    if (watched.dueAt < this.#nextLook) this.#wake.wake();
  }

  async #lookAgainAndAgain(): Promise<void> {
    while (!this.#stopping) {
      const now = this.#now();
      this.#nextLook = this.#startSweeps(now);
      if (this.#nextLook === Number.POSITIVE_INFINITY) await this.#wake.wait();
      else await this.#wake.wait(Math.min(longestPauseMs, this.#nextLook - now));
    }
  }

  async #askAgainAndAgain(): Promise<void> {
    const { clock, overdue } = this.context;
    const { signal } = this.#ending;
    for (;;) {
      await pause(overdueEveryMs, signal, clock);
      if (signal.aborted) return;
      // Where it cannot be known now, it is asked again; `/readyz` tells that the read model is away.
      const concerts = await overdue
        .concerts(new Date(this.#now() - overdueMs), mostOverdue)
        .catch((): readonly string[] => []);
      // The read model may lag: from the second try on, a sweep reads the log first.
      for (const concertId of concerts) {
        if (!this.#watched.has(concertId)) this.#watch(concertId, { dueAt: 0, tries: 1 });
      }
    }
  }

  /** Returns when to look again, by the wall clock in ms; the end of each sweep is another time to look. */
  #startSweeps(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    const due: string[] = [];
    for (const [concertId, { dueAt }] of this.#watched.entries()) {
      if (this.#running.has(concertId)) continue;
      if (dueAt > now) next = Math.min(next, dueAt);
      else if (due.length + this.#running.size < mostAtOnce) due.push(concertId);
    }
    for (const concertId of due) {
      const running = this.#sweep(concertId).finally(() => {
        this.#running.delete(concertId);
        this.#wake.wake();
      });
      this.#running.set(concertId, running);
    }
    return next;
  }

  async #sweep(concertId: string): Promise<void> {
    const watched = this.#watched.peek(concertId);
    const tries = watched?.tries ?? 0;
    try {
      const concert = await this.#appendDue(concertId, tries);
      if (concert === null) return this.#rest(concertId, tries, restMs);
      // A later state may have been noted meanwhile.
      if (this.#watched.peek(concertId) !== watched) return;
      this.#watched.delete(concertId);
      this.note(concert);
    } catch (error) {
      if (tries === 0) this.context.observer.holdSweepFailed(concertId, messageOf(error));
      this.#rest(concertId, tries, Math.min(longestRestMs, restMs * 2 ** tries));
    }
  }

  #rest(concertId: string, tries: number, ms: number): void {
    this.#watched.set(concertId, { dueAt: this.#now() + ms, tries: tries + 1 });
  }

  /** The state after an append, or without one when nothing is due any more; null when another process is to sweep. */
  async #appendDue(concertId: string, tries: number): Promise<Concert | null> {
    const { clock, handle, handleHere, latest } = this.context;
    if (tries > 0) {
      const concert = await latest(concertId);
      if (!isDue(concert, clock.wallTime())) return concert;
    }
    const command = new PendingCommandOf<null>({ concertId, decide: () => [null, []] });
    if (tries >= mostRests) await handleHere(command);
    else if ((await handle(command)) === 'elsewhere') return null;
    const outcome = await command.outcome;
    if (outcome.kind === 'decided') return outcome.concert;
    throw new Error(outcome.kind === 'busy' ? 'busy' : outcome.problem);
  }

  #now(): number {
    return Date.parse(this.context.clock.wallTime());
  }
}

interface Watched {
  /** By the wall clock, in ms. */
  readonly dueAt: number;
  /** Sweeps in a row that did not append. */
  readonly tries: number;
}
