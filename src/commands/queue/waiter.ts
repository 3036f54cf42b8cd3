import type { Clock } from '../../waiting/clock.js';
import { within } from '../../waiting/within.js';
import { type HandedOutcome, type HandedOver, isDone } from './handed-over.js';

/** The outcome, or, of a purchase in mode `queue`, its position. */
export type WaiterOutcome =
  | HandedOutcome
  | { readonly kind: 'queued'; readonly purchaseId: string; readonly position: number };

/** A command of this process in a concert's queue: its request is open, or was answered with a position (202). */
export class Waiter {
  readonly #outcome: Promise<WaiterOutcome>;
  #resolve: (outcome: WaiterOutcome) => void = () => {};
  readonly #stopped: Promise<void>;
  #stop: () => void = () => {};
  #answered = false;
  #hasPlace = false;
  #isLeaving = false;
  /** When the request was made, by the monotonic clock. */
  readonly since: number;
  /** The entry's id; undefined until the queue has confirmed it. */
  id: string | undefined;

  constructor(
    readonly handed: HandedOver,
    /** Identifies the waiter within this process. */
    readonly token: string,
    private readonly clock: Clock,
    private readonly onAnswered: () => void,
  ) {
    this.since = clock.monotonic();
    this.#outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  get answered(): boolean {
    return this.#answered;
  }

  /** Whether the request was answered with its position. */
  get hasPlace(): boolean {
    return this.#hasPlace;
  }

  /** The outcome, or that of `late` after `ms` milliseconds. */
  outcomeWithin(ms: number, late: () => WaiterOutcome): Promise<WaiterOutcome> {
    return within(ms, this.#outcome, late, this.clock);
  }

  /**
   * The outcome, or the position after `ms` milliseconds or at `stopWaiting`. The purchase then stays in the queue; one that has
   * left it has no position, and its outcome is waited for.
   */
  wait(ms: number, position: number): Promise<WaiterOutcome> {
    const place = (): WaiterOutcome | Promise<WaiterOutcome> => {
      if (this.#isLeaving) return this.#outcome;
      this.#hasPlace = true;
      return { kind: 'queued', purchaseId: this.handed.entryId, position };
    };
    return within(ms, Promise.race([this.#outcome, this.#stopped.then(place)]), place, this.clock);
  }

  /**
   * From now on the command is decided without the queue. A refusal from there may come too late: it may be carried out
   * meanwhile.
   */
  leave(): void {
    this.#isLeaving = true;
  }

  /** The queue's owner has answered. */
  replied(outcome: WaiterOutcome): void {
    if (!this.#isLeaving || isDone(outcome)) this.answer(outcome);
  }

  stopWaiting(): void {
    this.#stop();
  }

  /** The first answer counts. */
  answer(outcome: WaiterOutcome): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#resolve(outcome);
    this.onAnswered();
  }
}
