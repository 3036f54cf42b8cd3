import type { Concert } from '../domain/concert.js';
import type { KnownConcerts } from './known-concerts.js';
import type { Pending } from './task.js';

/**
 * Answers what needs no event: sold out, a repeat, a limit reached. Such an answer changes nothing, so it needs neither
 * lock nor place in line, only a state that is current. What the state in memory would refuse is checked against a current
 * one, and that check is shared by everybody who asks meanwhile, so a crowd at a sold-out concert costs one look-up at a
 * time.
 */
export class AnswerAtOnce {
  readonly #checks = new Map<string, Check>();

  constructor(
    private readonly known: KnownConcerts,
    private readonly now: () => string,
  ) {}

  /** Whether the task was answered. Rejects when neither Redis nor the log can say what is current. */
  async try(task: Pending): Promise<boolean> {
    const known = this.known.peek(task.concertId);
    if (known === undefined || task.needsEvent(known, this.now)) return false;
    const current = await this.#current(task.concertId);
    if (task.decide(current, this.now()).length > 0) return false;
    task.settle(current);
    return true;
  }

  /** A look-up begun after this call, never one already under way: that one may have seen an older state. */
  #current(concertId: string): Promise<Concert> {
    const check = this.#checks.get(concertId);
    if (check === undefined) return this.#begin(concertId).running;
    check.next ??= check.running.then(
      () => this.#begin(concertId).running,
      () => this.#begin(concertId).running,
    );
    return check.next;
  }

  #begin(concertId: string): Check {
    const check: Check = { running: this.known.current(concertId), next: undefined };
    this.#checks.set(concertId, check);
    const end = () => {
      if (check.next === undefined) this.#checks.delete(concertId);
    };
    check.running.then(end, end);
    return check;
  }
}

interface Check {
  readonly running: Promise<Concert>;
  next: Promise<Concert> | undefined;
}
