import { randomUUID } from 'node:crypto';
import { type Concert, compacted, emptyConcert, evolve } from '../../domain/concert.js';
import { type ConcertEvent, weightOf } from '../../domain/events/events.js';
import { claimOf } from '../../domain/holds/claim.js';
import { withIds } from '../../domain/ids.js';
import type { AppendResult, ExpectedRevision } from '../../domain/log/append.js';
import { UnreadableLog } from '../../domain/log/errors.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { Purchase } from '../../domain/state/purchase-state.js';
import {
  beginningOf,
  type EventAt,
  isOf,
  isPurchase,
  type Range,
  type Recalled,
  recalled,
} from '../../domain/state/recall.js';
import { type Clock, systemClock } from '../../waiting/clock.js';
import type { EventLog } from '../ports.js';
import type { TraceParent } from '../tracing.js';

/** Events folded between two yields to the event loop: a few milliseconds of work. */
const eventsPerTurn = 1_000;

/** The log of concerts: loads states for deciders and appends their events. */
export class ConcertLog {
  constructor(
    private readonly store: EventLog,
    private readonly clock: Pick<Clock, 'turn'> = systemClock,
  ) {}

  /**
   * The state at the end of the log, folded from `state` and the events after it; null when the log ends before the revision
   * of `state`. A long fold yields to the event loop.
   * @throws {EventStoreUnavailable} when the log does not answer
   * @throws {UnreadableLog} when it has an event that this version does not know, or revisions are missing
   */
  async catchUp(state: Concert): Promise<Concert | null> {
    let concert = state;
    let folded = 0;
    let reached = -1n;
    const from = state.revision < 0n ? 0n : state.revision;
    for await (const page of this.store.read(state.concertId, from)) {
      for (const { decoded, revision, concertId } of page) {
        reached = revision;
        if (revision <= state.revision) continue;
        if (!decoded.ok)
          throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
        if (revision !== concert.revision + 1n) {
          throw new UnreadableLog(
            `concert ${concertId}: revisions ${concert.revision + 1n} to ${revision - 1n} are missing`,
          );
        }
        concert = evolve(concert, decoded.event);
        folded += weightOf(decoded.event);
        if (folded < eventsPerTurn) continue;
        folded = 0;
        concert = compacted(concert);
        await this.clock.turn();
      }
    }
    return reached < state.revision ? null : compacted(concert);
  }

  /** The fold of the whole log. Throws as `catchUp`. */
  async fold(concertId: string): Promise<Concert> {
    const empty = emptyConcert(concertId);
    return (await this.catchUp(empty)) ?? empty;
  }

  /**
   * A purchase of a state, read from the log if the state has forgotten it.
   * @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  async purchaseOf(concert: Concert, purchaseId: string): Promise<Purchase | undefined> {
    const found = concert.purchases.get(purchaseId) ?? (await this.recall(concert, purchaseId));
    return isPurchase(found) ? found : undefined;
  }

  /** The purchase or hold with this id, as `purchaseOf`. */
  async claimOf(concert: Concert, id: string): Promise<Recalled | undefined> {
    return claimOf(concert, id, undefined) ?? (await this.recall(concert, id));
  }

  /**
   * Reads from the log a purchase or hold that the state `mayHaveForgotten`, as the state would have kept it; undefined when there
   * is none. A hold that was confirmed after it had expired is a purchase, so what ended last counts. Reads only the events at its
   * beginning and its end.
   * @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  async recall({ concertId, forgotten }: Concert, id: string): Promise<Recalled | undefined> {
    const lastFirst = forgotten.placesOf(id).toSorted((a, b) => Number(b.ended - a.ended));
    for (const place of lastFirst) {
      const [end] = await this.#eventsOf(concertId, id, { from: place.ended, count: 1 });
      if (end === undefined) continue;
      const begin = await this.#eventsOf(concertId, id, beginningOf(end.event, place));
      const found = recalled(concertId, id, [...begin, end]);
      if (found !== undefined) return found;
      if (end.event.type !== 'PurchaseCancelled') continue;
      // Its tickets were not sold in one append: mode `unsafe` may do that.
      const all = await this.#eventsOf(concertId, id, { from: 0n, count: Number(place.ended) + 1 });
      return recalled(concertId, id, all);
    }
    return undefined;
  }

  async #eventsOf(concertId: string, id: string, { from, count }: Range): Promise<EventAt[]> {
    const events: EventAt[] = [];
    for await (const page of this.store.read(concertId, from, count)) {
      for (const { decoded, revision } of page) {
        if (!decoded.ok)
          throw new UnreadableLog(`concert ${concertId}, revision ${revision}: ${decoded.problem}`);
        if (isOf(decoded.event, id)) events.push({ revision, event: decoded.event });
      }
    }
    return events;
  }

  /** The concert's last event; null when it has none. @throws {EventStoreUnavailable} */
  last(concertId: string): Promise<RecordedEvent | null> {
    return this.store.readLast(concertId);
  }

  /** Null when the concert's log ends before that revision. @throws {EventStoreUnavailable} */
  async eventAt(concertId: string, revision: bigint): Promise<RecordedEvent | null> {
    for await (const [event] of this.store.read(concertId, revision, 1)) return event ?? null;
    return null;
  }

  /**
   * Appends the events that were decided on `state`. `appended` means: these events, written by this call, follow `state` in
   * the log, and `state` was the end of the log during the call. (With `any` it means only that they are in the log.)
   * @param trace the span of this append, for those who read the events
   */
  async append(
    state: Concert,
    events: readonly ConcertEvent[],
    expected: ExpectedRevision = state.revision,
    trace?: TraceParent,
  ): Promise<AppendResult> {
    const { concertId, revision } = state;
    const identified = withIds({ decisionId: randomUUID(), concertId, base: revision, events });
    const batch = trace === undefined ? identified : identified.map((event) => ({ ...event, trace }));
    const result = await this.store.append(concertId, expected, batch);
    if (result.kind !== 'appended' || expected === 'any') return result;
    // Any other success of the store is not this append; a refresh reads what is in the log.
    return result.revision === revision + BigInt(events.length) ? result : { kind: 'wrong-revision' };
  }
}
