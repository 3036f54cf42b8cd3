import { randomUUID } from 'node:crypto';
import { setImmediate as otherWork } from 'node:timers/promises';
import { type Concert, compacted, emptyConcert, evolve } from '../../domain/concert.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import { withIds } from '../../domain/ids.js';
import type { Purchase } from '../../domain/state/purchase-state.js';
import { type EventAt, isOfPurchase, recalled } from '../../domain/state/recall.js';
import type { AppendResult, ExpectedRevision } from '../../event-store/append.js';
import { UnreadableLog } from '../../event-store/errors.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { RecordedEvent } from '../../event-store/recorded-event.js';

/** Events folded before other work gets a turn: a few milliseconds. */
const eventsPerTurn = 1_000;

/** The log as deciders see it: states in, events out. */
export class ConcertLog {
  constructor(private readonly store: EventStore) {}

  /**
   * The state at the end of the log now, read on from `known`; null when the log does not have the last event of `known`,
   * because it ends before. A long fold lets other work run in between.
   * @throws {EventStoreUnavailable} when the log does not answer
   * @throws {UnreadableLog} when it holds an event that this version does not know, or lacks some
   */
  async catchUp(known: Concert): Promise<Concert | null> {
    let concert = known;
    let folded = 0;
    let reached = -1n;
    const from = known.revision < 0n ? 0n : known.revision;
    for await (const page of this.store.read(known.concertId, from)) {
      for (const { decoded, revision, concertId } of page) {
        reached = revision;
        if (revision <= known.revision) continue;
        if (!decoded.ok)
          throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
        if (revision !== concert.revision + 1n) {
          throw new UnreadableLog(
            `concert ${concertId}: revisions ${concert.revision + 1n} to ${revision - 1n} are missing`,
          );
        }
        concert = evolve(concert, decoded.event);
        if (++folded % eventsPerTurn !== 0) continue;
        concert = compacted(concert);
        await otherWork();
      }
    }
    return reached < known.revision ? null : compacted(concert);
  }

  /** The fold of the whole log as it is now. Throws as `catchUp`. */
  async fold(concertId: string): Promise<Concert> {
    const empty = emptyConcert(concertId);
    return (await this.catchUp(empty)) ?? empty;
  }

  /** A purchase of a state, read from the log where the state has forgotten it. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  async purchaseOf(concert: Concert, purchaseId: string): Promise<Purchase | undefined> {
    return concert.purchases.get(purchaseId) ?? (await this.recall(concert, purchaseId));
  }

  /**
   * A purchase that the state `mayHaveForgotten`, as it would hold it otherwise; undefined when there is none. Reads the few events
   * of its sale and its cancellation.
   * @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  async recall({ concertId, forgotten }: Concert, purchaseId: string): Promise<Purchase | undefined> {
    for (const { sold, cancelled } of forgotten.placesOf(purchaseId)) {
      const [cancellation] = await this.#eventsOf(concertId, purchaseId, cancelled, 1);
      if (cancellation?.event.type !== 'PurchaseCancelled') continue;
      const { ticketNumbers, seats } = cancellation.event.data;
      const length = ticketNumbers.length + seats.length;
      const sale = await this.#eventsOf(concertId, purchaseId, sold - BigInt(length - 1), length);
      const purchase = recalled(concertId, purchaseId, [...sale, cancellation]);
      if (purchase !== undefined) return purchase;
      // Its tickets were not sold in one append, as mode `unsafe` may do it.
      const all = await this.#eventsOf(concertId, purchaseId, 0n, Number(cancelled) + 1);
      return recalled(concertId, purchaseId, all);
    }
    return undefined;
  }

  async #eventsOf(concertId: string, purchaseId: string, from: bigint, count: number): Promise<EventAt[]> {
    const events: EventAt[] = [];
    for await (const page of this.store.read(concertId, from, count)) {
      for (const { decoded, revision } of page) {
        if (!decoded.ok)
          throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
        if (isOfPurchase(decoded.event, purchaseId)) events.push({ revision, event: decoded.event });
      }
    }
    return events;
  }

  /** The concert's last event, null when it has none. @throws {EventStoreUnavailable} */
  last(concertId: string): Promise<RecordedEvent | null> {
    return this.store.readLast(concertId);
  }

  /** Null when the concert's log ends before that revision. @throws {EventStoreUnavailable} */
  async eventAt(concertId: string, revision: bigint): Promise<RecordedEvent | null> {
    for await (const [event] of this.store.read(concertId, revision, 1)) return event ?? null;
    return null;
  }

  /**
   * Appends what was decided on `base`. `appended` means: these very events, written by this call, follow `base` in the log,
   * and `base` was the end of the log while this call ran. (With `any` it means only that they are in the log.)
   */
  async append(
    base: Concert,
    events: readonly ConcertEvent[],
    expected: ExpectedRevision = base.revision,
  ): Promise<AppendResult> {
    const { concertId, revision } = base;
    const batch = withIds({ decisionId: randomUUID(), concertId, base: revision, events });
    const result = await this.store.append(concertId, expected, batch);
    if (result.kind !== 'appended' || expected === 'any') return result;
    // Whatever else the store calls a success, it is not this append: who reads on finds what is there.
    return result.revision === revision + BigInt(events.length) ? result : { kind: 'wrong-revision' };
  }
}
