import type { Concert } from '../domain/concert.js';
import type { Decision } from '../domain/decision.js';
import type { ConcertEvent } from '../domain/events.js';
import type { NotNow } from './outcome.js';

/** One command, ready to be decided on whatever state a mode brings. */
export interface Task<Result> {
  readonly concertId: string;
  /** How many events `decide` has about, where it is more than one: what waits are reckoned from. */
  readonly size?: number;
  readonly decide: (concert: Concert, now: string) => Decision<Result>;
  /** Whether `decide` would have events to append on this state, where there is a quicker way to tell. */
  readonly needsEvent?: (concert: Concert) => boolean;
}

export type Executed<Result> =
  | { readonly kind: 'decided'; readonly result: Result; readonly concert: Concert }
  | NotNow;

/** A task on its way to an answer. May be decided several times, as the log moves on; is answered once. */
export interface Pending {
  readonly concertId: string;
  /** Events to append, about. */
  readonly size: number;
  /** Whether `decide` would return events. Remembers nothing. */
  needsEvent(concert: Concert, now: () => string): boolean;
  /** Decides and remembers the result; returns the events to append. */
  decide(concert: Concert, now: string): readonly ConcertEvent[];
  /** Answers with the last decision; `concert` is the state that holds because of it. */
  settle(concert: Concert): void;
  fail(reason: NotNow): void;
}

export class PendingTask<Result> implements Pending {
  readonly outcome: Promise<Executed<Result>>;
  #answer: (outcome: Executed<Result>) => void = () => {};
  #decided: { readonly result: Result } | undefined;

  constructor(private readonly task: Task<Result>) {
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
    return this.task.needsEvent?.(concert) ?? this.task.decide(concert, now())[1].length > 0;
  }

  decide(concert: Concert, now: string): readonly ConcertEvent[] {
    const [result, events] = this.task.decide(concert, now);
    this.#decided = { result };
    return events;
  }

  settle(concert: Concert): void {
    if (this.#decided === undefined) throw new TypeError('a task was settled before it was decided');
    this.#answer({ kind: 'decided', result: this.#decided.result, concert });
  }

  fail(reason: NotNow): void {
    this.#answer(reason);
  }
}
