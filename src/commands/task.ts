import type { Concert } from '../domain/concert.js';
import type { Decision } from '../domain/decision.js';
import { eventIdOf } from '../domain/ids.js';
import type { NewEvent } from '../event-store/codec.js';
import type { NotNow } from './outcome.js';

/** One command, ready to be decided on whatever state a mode brings. */
export interface Task<Result> {
  readonly concertId: string;
  /** Names this command among others; events that are not of a purchase get their ids from it. */
  readonly commandId: string;
  readonly decide: (concert: Concert, now: string) => Decision<Result>;
}

export type Executed<Result> =
  | { readonly kind: 'decided'; readonly result: Result; readonly concert: Concert }
  | NotNow;

/** A task on its way to an answer. May be decided several times, as the log moves on; is answered once. */
export interface Pending {
  readonly concertId: string;
  /** Decides and remembers the result; returns the events to append, under ids that repeat with the decision. */
  decide(concert: Concert, now: string): readonly NewEvent[];
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

  decide(concert: Concert, now: string): readonly NewEvent[] {
    const [result, events] = this.task.decide(concert, now);
    this.#decided = { result };
    return events.map((event) => ({ id: eventIdOf(event, this.task.commandId), event }));
  }

  settle(concert: Concert): void {
    if (this.#decided === undefined) throw new TypeError('a task was settled before it was decided');
    this.#answer({ kind: 'decided', result: this.#decided.result, concert });
  }

  fail(reason: NotNow): void {
    this.#answer(reason);
  }
}
