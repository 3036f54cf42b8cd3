import { claimIdsOf } from '../../domain/events/events.js';
import { isReturn, type ReturnedAs, returnedAs, type TicketsHeld } from '../../domain/events/hold-events.js';
import type { ProjectedEvent } from './projection.js';

/** The change of one hold by a batch. What is not a confirmation applies only if the hold is open before it. */
export interface HoldChange {
  readonly concert_id: string;
  readonly hold_id: string;
  /** The event of this batch that opened it; null for a hold of earlier batches. */
  readonly held: TicketsHeld['data'] | null;
  expires_at: string | null;
  extensions: number;
  /** Null while it goes on. */
  end: ReturnedAs | 'confirmed' | null;
  ended_at: string | null;
  reference: string | null;
  late: boolean;
  /** Of the last event that applies if the hold is open; of the last confirmation, if there is one. */
  revision: string | null;
}

/** The changes of a batch, one for each hold. */
export function foldHolds(events: readonly ProjectedEvent[]): readonly HoldChange[] {
  const changes = new HoldChanges();
  for (const { concertId, revision: at, event } of events) {
    const revision = `${at}`;
    switch (event.type) {
      case 'TicketsHeld':
        changes.open(concertId, event.data, revision);
        break;
      case 'HoldExtended': {
        const change = changes.ofOpen(concertId, event.data.holdId, revision);
        if (change === undefined) break;
        change.expires_at = event.data.expiresAt;
        change.extensions += 1;
        break;
      }
      case 'HoldConfirmed':
      case 'LateConfirmationAccepted': {
        const change = changes.of(concertId, event.data.holdId);
        change.end = 'confirmed';
        change.ended_at = event.data.decidedAt;
        change.reference = event.data.reference;
        change.late = event.type === 'LateConfirmationAccepted';
        change.revision = revision;
        break;
      }
      default:
        if (!isReturn(event)) break;
        for (const holdId of claimIdsOf(event)) {
          changes.end(concertId, holdId, returnedAs(event), event.data.decidedAt, revision);
        }
    }
  }
  return changes.all;
}

/** Objects that are changed in place, and built as plain literals: a crowd of holds is folded at once. */
class HoldChanges {
  readonly #changes = new Map<string, HoldChange>();

  get all(): readonly HoldChange[] {
    return [...this.#changes.values()];
  }

  of(concertId: string, holdId: string): HoldChange {
    const key = `${concertId}/${holdId}`;
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = unchanged(concertId, holdId, null, null);
      this.#changes.set(key, change);
    }
    return change;
  }

  open(concertId: string, held: TicketsHeld['data'], revision: string): void {
    this.#changes.set(`${concertId}/${held.holdId}`, unchanged(concertId, held.holdId, held, revision));
  }

  /** The change of a hold that has not ended in this batch, by an event of that revision. */
  ofOpen(concertId: string, holdId: string, revision: string): HoldChange | undefined {
    const change = this.of(concertId, holdId);
    if (change.end !== null) return undefined;
    change.revision = revision;
    return change;
  }

  end(concertId: string, holdId: string, as: ReturnedAs, at: string, revision: string): void {
    const change = this.ofOpen(concertId, holdId, revision);
    if (change === undefined) return;
    change.end = as;
    change.ended_at = at;
  }
}

const unchanged = (
  concert_id: string,
  hold_id: string,
  held: TicketsHeld['data'] | null,
  revision: string | null,
): HoldChange => ({
  concert_id,
  hold_id,
  held,
  expires_at: null,
  extensions: 0,
  end: null,
  ended_at: null,
  reference: null,
  late: false,
  revision,
});
