import { sql } from 'kysely';
import type { Database } from '../../postgres/database.js';
import { rows } from '../../postgres/rows.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { Wake } from '../../waiting/wake.js';
import type { BatchThrottle } from '../apply/batch-throttle.js';

interface Waiting {
  readonly model: ProjectionName;
  readonly concertId: string;
  readonly revision: bigint;
  readonly until: number;
  readonly answer: (reached: boolean) => void;
}

/** How often Postgres is queried while a reader waits, in ms. */
const askEveryMs = 15;
/** Extra time that a wait may take while Postgres does not answer, in ms. */
const silenceMs = 1_000;
/** Limit of waiting requests; further ones are answered false at once. */
const mostWaiting = 10_000;

/** Waits for read models to reach a revision. All waits share one query, and without any wait there is none. */
export class RevisionWaits {
  readonly #waiting = new Set<Waiting>();
  readonly #soon = new Wake();
  #asking = false;
  #isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
    private readonly pace: BatchThrottle,
  ) {}

  /**
   * False when `waitMs` is over first, when too many wait, at a stop, or when Postgres is silent for a second longer than that.
   * Queries at least once. Never rejects.
   */
  async reached(
    model: ProjectionName,
    concertId: string,
    revision: bigint,
    waitMs: number,
  ): Promise<boolean> {
    if (this.#isStopped || this.#waiting.size >= mostWaiting) return false;
    return new Promise((resolve) => {
      const waiting: Waiting = {
        model,
        concertId,
        revision,
        until: performance.now() + waitMs,
        answer: (reached) => {
          clearTimeout(givingUp);
          this.#waiting.delete(waiting);
          resolve(reached);
        },
      };
      const givingUp = setTimeout(() => waiting.answer(false), waitMs + silenceMs);
      this.#waiting.add(waiting);
      this.#soon.wake();
      void this.#ask();
    });
  }

  /** Answers every wait with false, now and from now on. */
  stop(): void {
    this.#isStopped = true;
    for (const waiting of this.#waiting) waiting.answer(false);
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    while (this.#waiting.size > 0) {
      const asked = [...this.#waiting];
      this.pace.flush();
      const reached = await this.#whichReached(asked);
      const now = performance.now();
      asked.forEach((waiting, i) => {
        if (reached.has(i) || now >= waiting.until) waiting.answer(reached.has(i));
      });
      if (this.#waiting.size > 0) await this.#soon.wait(askEveryMs);
    }
    this.#asking = false;
  }

  async #whichReached(asked: readonly Waiting[]): Promise<ReadonlySet<number>> {
    const questions = asked.map(({ model, concertId, revision }, i) => ({
      i,
      model,
      concert_id: concertId,
      revision: `${revision}`,
    }));
    try {
      const answers = await sql<{ i: number }>`
        select q.i from ${rows('q', 'i integer, model text, concert_id text, revision bigint', questions)}
        join concerts c on c.concert_id = q.concert_id and c.revision >= q.revision
        join checkpoints own on own.projection = q.model and own.slot = 'live'
        join checkpoints ahead on ahead.projection = 'concerts' and ahead.slot = 'live'
        where (own.commit_position, own.prepare_position) >= (ahead.commit_position, ahead.prepare_position)
          and own.foreign_log is null and ahead.foreign_log is null
          and not exists (select from parked p where p.projection = q.model and p.concert_id = q.concert_id)
      `.execute(this.database.kysely);
      return new Set(answers.rows.map(({ i }) => i));
    } catch (error) {
      this.onError(error);
      return new Set();
    }
  }
}
