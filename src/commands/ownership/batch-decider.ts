import type { Concert } from '../../domain/concert.js';
import { pause } from '../../waiting/sleep.js';
import type { DecideContext } from '../deciding/decide-and-append.js';
import type { Taken } from '../modes/waiting-line.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import type { OwnedQueue, Read } from './owned-queue.js';
import { decideOnLog, type OwnCommand, OwnerBatch } from './owner-batch.js';

interface DeciderContext extends DecideContext {
  readonly loader: ConcertLoader;
}

const firstPauseMs = 1;
const longestPauseMs = 250;

/** Decides the batches of one owner, one append each, and answers what they decide. */
export class BatchDecider {
  /** Whether entries or commands go first when not all fit one append: alternates. */
  #entriesFirst = false;
  /** Conflicts in a row. */
  #conflicts = 0;

  constructor(
    private readonly context: DeciderContext,
    private readonly queue: OwnedQueue,
  ) {}

  /** Rejects when the log or Redis does not answer: the commands of this process are then answered, or wait again. */
  async decide(state: Concert, read: Read, taken: Taken<OwnCommand>): Promise<void> {
    this.#entriesFirst = !this.#entriesFirst;
    const batch = new OwnerBatch(state, read, taken, this.#entriesFirst);
    const result = await decideOnLog(this.context, batch).catch((error: unknown) => {
      batch.putBack(); // Nothing was appended.
      throw error;
    });
    if (result === 'behind') {
      batch.putBack();
      return;
    }
    if (result.kind === 'conflict') {
      batch.putBack();
      this.context.observer.appendConflicted(state.concertId);
      await this.#afterConflict(state);
      return;
    }
    if (result.kind !== 'decided') {
      batch.fail(result);
      throw new Error(result.kind === 'busy' ? 'busy' : result.problem);
    }
    this.#conflicts = 0;
    if (result.appended) {
      this.queue.appended();
      this.context.loader.committed(result.concert);
    }
    await this.queue.answer(batch.resolve(result.count, result.concert));
  }

  /** Another writer came first. This process checks that it still owns the concert before it decides again. */
  async #afterConflict(state: Concert): Promise<void> {
    const { clock, loader } = this.context;
    const longestMs = Math.min(firstPauseMs * 2 ** this.#conflicts++, longestPauseMs);
    await pause(longestMs * clock.random(), undefined, clock);
    if (await this.queue.claimAgain()) await loader.refresh(state);
  }
}
