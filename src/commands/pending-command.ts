import { type Concert, mayHaveForgotten } from '../domain/concert.js';
import type { Decision } from '../domain/decision.js';
import type { ConcertEvent } from '../domain/events/events.js';
import type { Forgotten } from '../domain/state/forgotten.js';
import { isPurchase, type Recalled } from '../domain/state/recall.js';
import type { RetryLater } from './outcome.js';
import type { ConcertLog } from './state/concert-log.js';
import type { TraceParent } from './tracing.js';

/** A command, ready to be decided on any state of its concert. */
export interface Command<Result> {
  readonly concertId: string;
  /** The span of the request, where it is traced. */
  readonly trace?: TraceParent;
  /** Estimated number of events that `decide` returns; 1 if omitted. Expected waits are computed from it. */
  readonly size?: number;
  /** The id of the purchase or hold that the command concerns, if any. */
  readonly purchaseId?: string;
  /** The hold that must not expire before the command is decided, if the command arrived in time. */
  readonly needsHold?: NeededHold;
  /** @param recalled the purchase or hold, read from the log because the state may have forgotten it */
  readonly decide: (concert: Concert, now: string, recalled?: Recalled) => Decision<Result>;
  /** A cheaper test of whether `decide` would return events on this state; optional. Undefined: `decide` has to tell. */
  readonly needsEvent?: (concert: Concert) => boolean | undefined;
}

export interface NeededHold {
  readonly holdId: string;
  /** ISO 8601. */
  readonly arrivedAt: string;
}

export type Outcome<Result> =
  | { readonly kind: 'decided'; readonly result: Result; readonly concert: Concert }
  | RetryLater;

/**
 * A command that awaits its outcome. It may be decided several times, as the log moves on; it is resolved or failed once.
 */
export interface PendingCommand {
  readonly concertId: string;
  /** The span of the request; undefined where it is not traced. */
  readonly trace: TraceParent | undefined;
  /** Estimated number of events to append. */
  readonly size: number;
  readonly needsHold: NeededHold | undefined;
  /** Whether `decide` would return events. Does not remember a result. */
  needsEvent(concert: Concert, now: () => string): boolean;
  /** Whether this state may have forgotten what the decision depends on; if so, call `recall` before `decide`. */
  needsRecall(concert: Concert): boolean;
  /** Reads from the log what this state may have forgotten. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  recall(concert: Concert, log: ConcertLog): Promise<void>;
  /** Decides and remembers the result; returns the events to append. */
  decide(concert: Concert, now: string): readonly ConcertEvent[];
  /** Resolves the outcome with the last decision; `concert` is the state after it. */
  resolve(concert: Concert): void;
  fail(reason: RetryLater): void;
}

export class PendingCommandOf<Result> implements PendingCommand {
  readonly outcome: Promise<Outcome<Result>>;
  #resolveOutcome: (outcome: Outcome<Result>) => void = () => {};
  #decided: { readonly result: Result } | undefined;
  /**
   * The result of `recall`, with what was forgotten when it was made. A purchase that was found never changes; a hold may be
   * confirmed after all.
   */
  #recalled: { readonly forgotten: Forgotten; readonly found: Recalled | undefined } | undefined;

  constructor(private readonly command: Command<Result>) {
    this.outcome = new Promise((resolve) => {
      this.#resolveOutcome = resolve;
    });
  }

  get concertId(): string {
    return this.command.concertId;
  }

  get trace(): TraceParent | undefined {
    return this.command.trace;
  }

  get size(): number {
    return this.command.size ?? 1;
  }

  get needsHold(): NeededHold | undefined {
    return this.command.needsHold;
  }

  needsEvent(concert: Concert, now: () => string): boolean {
    const found = this.#recalled?.found;
    const quickly = found === undefined ? this.command.needsEvent?.(concert) : undefined;
    return quickly ?? this.command.decide(concert, now(), found)[1].length > 0;
  }

  needsRecall(concert: Concert): boolean {
    const { purchaseId } = this.command;
    if (purchaseId === undefined || isPurchase(this.#recalled?.found)) return false;
    return this.#recalled?.forgotten !== concert.forgotten && mayHaveForgotten(concert, purchaseId);
  }

  async recall(concert: Concert, log: ConcertLog): Promise<void> {
    const { purchaseId = '' } = this.command;
    this.#recalled = { forgotten: concert.forgotten, found: await log.recall(concert, purchaseId) };
  }

  decide(concert: Concert, now: string): readonly ConcertEvent[] {
    const [result, events] = this.command.decide(concert, now, this.#recalled?.found);
    this.#decided = { result };
    return events;
  }

  resolve(concert: Concert): void {
    if (this.#decided === undefined) throw new TypeError('a command was resolved before it was decided');
    this.#resolveOutcome({ kind: 'decided', result: this.#decided.result, concert });
  }

  fail(reason: RetryLater): void {
    this.#resolveOutcome(reason);
  }
}
