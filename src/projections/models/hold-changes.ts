import { claimIdsOf } from '../../domain/events/events.js';
import {
  type HoldsExpired,
  isReturn,
  type ReturnedAs,
  returnedAs,
  type TicketsHeld,
} from '../../domain/events/hold-events.js';
import type { Expiry } from './expired-holds.js';
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

/** The changes of a batch: first those by expiries of holds that it has said nothing about before, then one for each other hold. */
export function foldHolds(events: readonly ProjectedEvent[]): {
  readonly expiries: readonly Expiry[];
  readonly changes: readonly HoldChange[];
} {
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
      case 'HoldsExpired':
        changes.expire(concertId, event.data, revision);
        break;
      default:
        if (!isReturn(event)) break;
        for (const holdId of claimIdsOf(event)) {
          changes.end(concertId, holdId, returnedAs(event), event.data.decidedAt, revision);
        }
    }
  }
  return changes;
}

/** Objects that are changed in place, and built as plain literals: a crowd of holds is folded at once. */
class HoldChanges {
  readonly #changes = new Map<string, HoldChange>();
  readonly expiries: Expiry[] = [];

  get changes(): readonly HoldChange[] {
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

  expire(concertId: string, { holdIds, decidedAt }: HoldsExpired['data'], revision: string): void {
    const isChanged = (holdId: string) => this.#changes.has(`${concertId}/${holdId}`);
    const changed = this.#changes.size === 0 ? [] : holdIds.filter(isChanged);
    const others = changed.length === 0 ? holdIds : holdIds.filter((holdId) => !isChanged(holdId));
    for (const holdId of changed) this.end(concertId, holdId, 'expired', decidedAt, revision);
    this.expiries.push({ concert_id: concertId, revision, ended_at: decidedAt, hold_ids: others });
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
