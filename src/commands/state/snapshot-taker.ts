import { LRUCache } from 'lru-cache';
import type { Concert } from '../../domain/concert.js';
import {
  canSaveIncrementally,
  SNAPSHOT_SHAPE,
  type SnapshotHead,
} from '../../domain/state/snapshot/snapshot.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import { upTo } from './lru-options.js';
import type { RestoreContext } from './restore-from-snapshot.js';

/** The fewest events since the last snapshot that make a new one worth its cost. */
const fewestEvents = 2_500n;
/**
 * Events since the last snapshot that make a new one worth its cost: at least a tenth of the log. A snapshot visits all
 * purchases, so each event costs at most ten visits, however long the log. A process that takes over reads no more than these.
 */
export const worthwhileAfter = (revision: bigint): bigint =>
  revision / 10n > fewestEvents ? revision / 10n : fewestEvents;
const worthwhileAtStop = 1_000n;
/** How long a stop waits for snapshots, in ms. */
const stopPatienceMs = 5_000;
const rememberedConcerts = 100_000;

/** Saves snapshots for cold processes, in the background of purchases: one at a time, in slices. */
export class SnapshotTaker {
  /** Revision of the last snapshot that was found or attempted, per concert. */
  readonly #last = new LRUCache<string, bigint>(upTo(rememberedConcerts));
  readonly #giveUp = new AbortController();
  #stopping = false;
  #taking: Promise<void> | undefined;

  constructor(private readonly context: RestoreContext) {}

  /** Starts a snapshot of this state if it is worth its cost and none is running. Call it for every new state. */
  consider(concert: Concert): void {
    if (this.#taking !== undefined || this.#stopping) return;
    const ahead = worthwhileAfter(concert.revision);
    if (!this.#isAhead(concert, ahead)) return;
    this.#taking = this.#take(concert, ahead).finally(() => {
      this.#taking = undefined;
    });
  }

  /** Saves the last snapshots that are worth their cost, in the given order, for five seconds at most. */
  async stop(concerts: Iterable<Concert>): Promise<void> {
    this.#stopping = true;
    const { clock } = this.context;
    await Promise.race([this.#takeAll(concerts), pause(stopPatienceMs, this.#giveUp.signal, clock)]);
    this.#giveUp.abort(new Error('the process stops'));
  }

  async #takeAll(concerts: Iterable<Concert>): Promise<void> {
    await this.#taking;
    for (const concert of concerts) {
      if (this.#giveUp.signal.aborted) return;
      if (this.#isAhead(concert, worthwhileAtStop)) await this.#take(concert, worthwhileAtStop);
    }
  }

  #isAhead(concert: Concert, ahead: bigint): boolean {
    return (
      concert.revision - (this.#last.get(concert.concertId) ?? -1n) >= ahead && canSaveIncrementally(concert)
    );
  }

  /** Saves a snapshot unless another process has. Reports a failure and retries only after as many events again. */
  async #take(concert: Concert, ahead: bigint): Promise<void> {
    const { log, snapshots, observer, clock } = this.context;
    const { concertId, revision } = concert;
    const started = clock.monotonic();
    this.#last.set(concertId, revision);
    try {
      await clock.turn(); // The replies to the purchases in this state go first.
      const head = await snapshots.head(concertId, revision);
      if (head !== null && head.shape === SNAPSHOT_SHAPE && revision - head.revision < ahead) {
        this.#last.set(concertId, head.revision);
        return;
      }
      const event = await log.eventAt(concertId, revision);
      if (event === null) throw new Error(`the log has no event at revision ${revision}`);
      const base = head !== null && (await this.#isOfLog(head)) ? head : null;
      const isTaken = await snapshots.take(concert, event.id, base, this.#giveUp.signal);
      if (isTaken) observer.snapshotSaved(concertId, clock.monotonic() - started);
    } catch (error) {
      observer.snapshotSaveFailed(concertId, messageOf(error));
    }
  }

  async #isOfLog({ concertId, revision, eventId }: SnapshotHead): Promise<boolean> {
    return (await this.context.log.eventAt(concertId, revision))?.id === eventId;
  }
}
