import { compareQueueIds } from '../../domain/audit/inversions.js';
import type { Concert } from '../../domain/concert.js';
import { messageOf } from '../../waiting/message-of.js';
import { type Entry, type QueueEntries, toAnswer } from '../queue/entries.js';
import { Latch } from './latch.js';
import type { LeaseContext, OwnerLease } from './lease.js';

export interface OwnedQueueContext extends LeaseContext {
  readonly entries: QueueEntries;
}

/** Entries of the queue, with the history of the Redis server they were read from. */
export interface Read {
  readonly history: string;
  readonly entries: readonly Entry[];
}

/** Entries read for one append. */
const entriesPerRead = 500;

export const nothingRead: Read = { history: '', entries: [] };

/** The queue of a concert, as its owner reads and answers it. */
export class OwnedQueue {
  #mayHaveEntries = true;
  /** Number of calls: a call during a read means that the queue may have entries again. */
  #calls = 0;
  /** Whether this owner has appended since its claim, so that an append of an earlier owner can only conflict. */
  #isFenced = false;
  #answering: Promise<void> = Promise.resolve();
  /** The last entry of an answer that is on its way to Redis. */
  #onItsWay: { readonly history: string; readonly id: string } | null = null;
  readonly #drained = new Latch();

  /** @param onLost called when another process owns the concert, or the answers may not have been sent */
  constructor(
    private readonly context: OwnedQueueContext,
    private readonly lease: OwnerLease,
    private readonly onLost: () => void,
  ) {}

  /** Whether the queue may have entries. */
  get mayHaveEntries(): boolean {
    return this.#mayHaveEntries;
  }

  /** Resolves when the queue was found empty, or belongs to another process. Rejects when the log does not answer. */
  get drained(): Promise<void> {
    return this.#drained.opened;
  }

  /** Resolves when the answers so far are sent. */
  get answered(): Promise<void> {
    return this.#answering;
  }

  /** The queue has entries. */
  call(): void {
    this.#calls++;
    this.#mayHaveEntries = true;
  }

  /**
   * Claims the concert again. Another process may have owned it meanwhile, or have removed the mark that the queue is empty. False
   * when another process owns it. Rejects without Redis.
   */
  claimAgain(): Promise<boolean> {
    this.#isFenced = false;
    this.#mayHaveEntries = true;
    return this.lease.confirm();
  }

  /** This owner has appended. */
  appended(): void {
    this.#isFenced = true;
  }

  /** The owner reads the queue no more. */
  close(problem: string | null): void {
    this.#drained.open(problem);
  }

  /** Entries that were handed over; null when another process owns the concert. */
  async read(state: Concert): Promise<Read | null> {
    const { queue, entries } = this.context;
    if (!this.#mayHaveEntries) return nothingRead;
    const calls = this.#calls;
    const read = await queue.read(this.lease.concertId, this.lease.token, entriesPerRead);
    if (read.kind === 'not-owner') {
      this.lease.lose();
      return null;
    }
    if (read.kind === 'empty') {
      this.#mayHaveEntries = calls !== this.#calls;
      if (!this.#mayHaveEntries) this.#drained.open(null);
      return nothingRead;
    }
    const { history } = read;
    const arrivals = read.arrivals.filter(({ id }) => !this.#isBeingAnswered(history, id));
    if (arrivals.length === 0) {
      await this.#answering;
      return nothingRead;
    }
    return { history, entries: await entries.toEntries(state, history, arrivals) };
  }

  /** Redis may run an answer after a read that was sent later: it had lost the script, which is then sent again. */
  #isBeingAnswered(history: string, id: string): boolean {
    const last = this.#onItsWay;
    return last !== null && last.history === history && compareQueueIds(id, last.id) <= 0;
  }

  /** Sends the answers; does not wait for Redis, except for the answers before. */
  async answer({ history, entries }: Read): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    const { concertId, token } = this.lease;
    const isFenced = this.#isFenced;
    const answers = await Promise.all(entries.map((entry) => toAnswer(concertId, entry, isFenced)));
    await this.#answering;
    this.#onItsWay = { history, id: last.arrival.id };
    const remember = () => {
      this.#onItsWay = null;
      this.context.entries.answered(concertId, history, last.arrival.id);
    };
    this.#answering = this.context.queue.answer(concertId, token, answers).then(
      (isOwner) => {
        if (!isOwner) return this.onLost();
        remember();
        this.context.entries.reportDropped(concertId, entries);
      },
      (error: unknown) => {
        remember(); // The replies may have been sent.
        this.context.observer.queueBypassed(concertId, messageOf(error));
        this.onLost();
      },
    );
  }
}
