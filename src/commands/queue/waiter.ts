import type { Clock } from '../../waiting/clock.js';
import { within } from '../../waiting/within.js';
import type { PurchaseRequest } from '../commands.js';
import type { PurchaseOutcome } from '../outcome.js';

/** A purchase of this process in a concert's queue: its request is open, or was answered with a position (202). */
export class Waiter {
  readonly #outcome: Promise<PurchaseOutcome>;
  #resolve: (outcome: PurchaseOutcome) => void = () => {};
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
    readonly request: PurchaseRequest,
    readonly purchaseId: string,
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
  outcomeWithin(ms: number, late: () => PurchaseOutcome): Promise<PurchaseOutcome> {
    return within(ms, this.#outcome, late, this.clock);
  }

  /**
   * The outcome, or the position after `ms` milliseconds or at `stopWaiting`. The purchase then stays in the queue; one that has
   * left it has no position, and its outcome is waited for.
   */
  wait(ms: number, position: number): Promise<PurchaseOutcome> {
    const place = (): PurchaseOutcome | Promise<PurchaseOutcome> => {
      if (this.#isLeaving) return this.#outcome;
      this.#hasPlace = true;
      return { kind: 'queued', purchaseId: this.purchaseId, position };
    };
    return within(ms, Promise.race([this.#outcome, this.#stopped.then(place)]), place, this.clock);
  }

  /**
   * From now on the purchase is decided without the queue. A refusal from there may come too late: the purchase may be sold
   * meanwhile.
   */
  leave(): void {
    this.#isLeaving = true;
  }

  /** The queue's owner has answered. */
  replied(outcome: PurchaseOutcome): void {
    if (!this.#isLeaving || outcome.kind === 'accepted' || outcome.kind === 'replayed') this.answer(outcome);
  }

  stopWaiting(): void {
    this.#stop();
  }

  /** The first answer counts. */
  answer(outcome: PurchaseOutcome): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#resolve(outcome);
    this.onAnswered();
  }
}
