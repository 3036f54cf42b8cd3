import { readSideWrong } from '../judge/read-side.js';
import type { World } from '../world/world.js';
import type { ReadSideLook } from './history.js';
import { lookAtReadSide } from './look.js';
import type { Terms } from './schedule.js';

/** How long the queue may take to empty once all is well and every customer has an answer, in ms. */
const drainMs = 30_000;
/** Somewhat longer than a hold may be open after its expiry, in ms. */
const expiryMs = 3_000;
/** How long read models and stock may take once nothing more happens, in ms: a lease that runs out is part of it. */
const readSideMs = 12_000;
/** After this time without an end, in ms, something hangs. */
export const longestMs = 600_000;

/** Lets the time of a world pass until something has come about, or for too long. */
export class Waits {
  constructor(private readonly world: World) {}

  /** Until the work is done. */
  async during(work: Promise<unknown>): Promise<void> {
    const { scheduler } = this.world;
    const end = scheduler.now + longestMs;
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await scheduler.run(() => isDone || scheduler.now > end);
    if (isDone) await done;
  }

  /** Until whoever still stands in the queue has been served. @returns whether that is so */
  async untilDrained(): Promise<boolean> {
    const { scheduler, redis } = this.world;
    const end = scheduler.now + drainMs;
    const isDrained = () => redis[0].queues.concertsWaiting().length === 0;
    await scheduler.run(() => isDrained() || scheduler.now > end);
    return isDrained();
  }

  /** Long enough for holds that are open now. */
  async untilHoldsEnd({ holdSeconds, offerSeconds }: Terms): Promise<void> {
    if (holdSeconds !== null) await this.#pass(1_000 * Math.max(holdSeconds, offerSeconds ?? 0) + expiryMs);
  }

  /** Until read models and stock are right. @returns what they are then */
  async untilReadSideIsRight(
    concertIds: readonly string[],
    when: ReadSideLook['when'],
  ): Promise<ReadSideLook> {
    const { scheduler } = this.world;
    const end = scheduler.now + readSideMs;
    const look = () => lookAtReadSide(this.world, concertIds, when);
    while (readSideWrong(look()).length > 0 && scheduler.now < end) await this.#pass(200);
    return look();
  }

  async #pass(ms: number): Promise<void> {
    const { scheduler } = this.world;
    const end = scheduler.now + ms;
    scheduler.after(ms, () => {});
    await scheduler.run(() => scheduler.now >= end);
  }
}
