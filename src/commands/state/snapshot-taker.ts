import { setTimeout as delay, setImmediate as otherWork } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Concert } from '../../domain/concert.js';
import { canSaveIncrementally, SNAPSHOT_SHAPE, type SnapshotHead } from '../../domain/state/snapshot.js';
import { messageOf } from '../mode.js';
import type { RestoreContext } from './restore-from-snapshot.js';

/**
 * How many events a state has to be beyond the last snapshot. At least a tenth of all: a snapshot looks at all purchases, so
 * each event costs a look at ten, however long the log.
 */
const worthIt = (revision: bigint): bigint => (revision > 100_000n ? revision / 10n : 10_000n);
const worthItAtStop = 1_000n;
/** How long a stop may wait for snapshots, in ms. */
const stopPatienceMs = 5_000;
const rememberedConcerts = 100_000;

/** Puts states by for processes that will not know them, off the way of purchases: one at a time, in slices. */
export class SnapshotTaker {
  /** The revision of the last snapshot that was seen or tried. */
  readonly #last = new LRUCache<string, bigint>({ max: rememberedConcerts });
  readonly #giveUp = new AbortController();
  #stopping = false;
  #taking: Promise<void> | undefined;

  constructor(private readonly context: RestoreContext) {}

  /** To be told of every new state. */
  consider(concert: Concert): void {
    if (this.#taking !== undefined || this.#stopping) return;
    const ahead = worthIt(concert.revision);
    if (!this.#isAhead(concert, ahead)) return;
    this.#taking = this.#take(concert, ahead).finally(() => {
      this.#taking = undefined;
    });
  }

  /** Saves what is worth it at the end, in the order given, for five seconds at most. */
  async stop(concerts: Iterable<Concert>): Promise<void> {
    this.#stopping = true;
    await Promise.race([this.#takeAll(concerts), delay(stopPatienceMs, undefined, { ref: false })]);
    this.#giveUp.abort(new Error('the process stops'));
  }

  async #takeAll(concerts: Iterable<Concert>): Promise<void> {
    await this.#taking;
    for (const concert of concerts) {
      if (this.#giveUp.signal.aborted) return;
      if (this.#isAhead(concert, worthItAtStop)) await this.#take(concert, worthItAtStop);
    }
  }

  #isAhead(concert: Concert, ahead: bigint): boolean {
    return (
      concert.revision - (this.#last.get(concert.concertId) ?? -1n) >= ahead && canSaveIncrementally(concert)
    );
  }

  /** Unless another process has seen to it. What goes wrong is told and left at that, until the state has gone as far again. */
  async #take(concert: Concert, ahead: bigint): Promise<void> {
    const { log, snapshots, observer } = this.context;
    const { concertId, revision } = concert;
    const started = performance.now();
    this.#last.set(concertId, revision);
    try {
      await otherWork(); // First the answers of the purchases that made this state.
      const head = await snapshots.head(concertId);
      if (head !== null && head.shape === SNAPSHOT_SHAPE && revision - head.revision < ahead) {
        this.#last.set(concertId, head.revision);
        return;
      }
      const event = await log.eventAt(concertId, revision);
      if (event === null) throw new Error(`the log has nothing at revision ${revision}`);
      const base = head !== null && (await this.#isOfLog(head)) ? head : null;
      const isTaken = await snapshots.take(concert, event.id, base, this.#giveUp.signal);
      if (isTaken) observer.snapshotTaken(concertId, performance.now() - started);
    } catch (error) {
      observer.snapshotNotTaken(concertId, messageOf(error));
    }
  }

  async #isOfLog({ concertId, revision, eventId }: SnapshotHead): Promise<boolean> {
    return (await this.context.log.eventAt(concertId, revision))?.id === eventId;
  }
}
