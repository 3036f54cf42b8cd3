import { type Concert, mayHaveForgotten } from '../domain/concert.js';
import type { Decision } from '../domain/decision.js';
import type { ConcertEvent } from '../domain/events/events.js';
import type { Forgotten } from '../domain/state/forgotten.js';
import type { Purchase } from '../domain/state/purchase-state.js';
import type { RetryLater } from './outcome.js';
import type { ConcertLog } from './state/concert-log.js';

/** One command, ready to be decided on whatever state a mode brings. */
export interface Command<Result> {
  readonly concertId: string;
  /** How many events `decide` has about, where it is more than one: what waits are reckoned from. */
  readonly size?: number;
  /** The purchase that it is about, if it is about one. */
  readonly purchaseId?: string;
  /** @param recalled that purchase, from the log, where the state may have forgotten it */
  readonly decide: (concert: Concert, now: string, recalled?: Purchase) => Decision<Result>;
  /** Whether `decide` would have events to append on this state, where there is a quicker way to tell. */
  readonly needsEvent?: (concert: Concert) => boolean;
}

export type Outcome<Result> =
  | { readonly kind: 'decided'; readonly result: Result; readonly concert: Concert }
  | RetryLater;

/** A task on its way to an answer. May be decided several times, as the log moves on; is answered once. */
export interface PendingCommand {
  readonly concertId: string;
  /** Events to append, about. */
  readonly size: number;
  /** Whether `decide` would return events. Remembers nothing. */
  needsEvent(concert: Concert, now: () => string): boolean;
  /** Whether this state may have forgotten what the decision depends on: not to be decided on it before `recall`. */
  needsRecall(concert: Concert): boolean;
  /** Asks the log for what this state may have forgotten. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  recall(concert: Concert, log: ConcertLog): Promise<void>;
  /** Decides and remembers the result; returns the events to append. */
  decide(concert: Concert, now: string): readonly ConcertEvent[];
  /** Answers with the last decision; `concert` is the state that holds because of it. */
  resolve(concert: Concert): void;
  fail(reason: RetryLater): void;
}

export class PendingCommandOf<Result> implements PendingCommand {
  readonly outcome: Promise<Outcome<Result>>;
  #answer: (outcome: Outcome<Result>) => void = () => {};
  #decided: { readonly result: Result } | undefined;
  /** What the log said when this had been forgotten. A purchase that was found stays as it is. */
  #recalled: { readonly forgotten: Forgotten; readonly purchase: Purchase | undefined } | undefined;

  constructor(private readonly task: Command<Result>) {
    this.outcome = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  get concertId(): string {
    return this.task.concertId;
  }

  get size(): number {
    return this.task.size ?? 1;
  }

  needsEvent(concert: Concert, now: () => string): boolean {
    const purchase = this.#recalled?.purchase;
    const quickly = purchase === undefined ? this.task.needsEvent?.(concert) : undefined;
    return quickly ?? this.task.decide(concert, now(), purchase)[1].length > 0;
  }

  needsRecall(concert: Concert): boolean {
    const { purchaseId } = this.task;
    if (purchaseId === undefined || this.#recalled?.purchase !== undefined) return false;
    return this.#recalled?.forgotten !== concert.forgotten && mayHaveForgotten(concert, purchaseId);
  }

  async recall(concert: Concert, log: ConcertLog): Promise<void> {
    const { purchaseId = '' } = this.task;
    this.#recalled = { forgotten: concert.forgotten, purchase: await log.recall(concert, purchaseId) };
  }

  decide(concert: Concert, now: string): readonly ConcertEvent[] {
    const [result, events] = this.task.decide(concert, now, this.#recalled?.purchase);
    this.#decided = { result };
    return events;
  }

  resolve(concert: Concert): void {
    if (this.#decided === undefined) throw new TypeError('a task was settled before it was decided');
    this.#answer({ kind: 'decided', result: this.#decided.result, concert });
  }

  fail(reason: RetryLater): void {
    this.#answer(reason);
  }
}
