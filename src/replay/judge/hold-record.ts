import { type ConcertEvent, claimIdsOf } from '../../domain/events/events.js';
import { isReturn } from '../../domain/events/hold-events.js';

/** A hold, or a place in the waiting list, as the log has it. Revisions; null for what did not happen. */
export interface Held {
  readonly holdId: string;
  readonly key: string;
  readonly customerId: string;
  readonly quantity: number;
  /** Of the request: the hold itself, or joining the waiting list. */
  readonly began: number;
  readonly waited: boolean;
  readonly extended: number[];
  confirmed: { readonly revision: number; readonly reference: string } | null;
  /** Of its release, or of its expiry. */
  ended: number | null;
  wasReleased: boolean;
  left: number | null;
}

/** What the log of one concert says of holds and of the waiting list. */
export class HoldRecord {
  readonly all = new Map<string, Held>();
  readonly keys = new Set<string>();

  add(event: ConcertEvent, revision: number): void {
    switch (event.type) {
      case 'TicketsHeld':
      case 'WaitingListJoined':
        this.#begin(event.data, revision, event.type === 'WaitingListJoined');
        break;
      case 'HoldExtended':
        this.all.get(event.data.holdId)?.extended.push(revision);
        break;
      case 'HoldConfirmed':
      case 'LateConfirmationAccepted': {
        const held = this.all.get(event.data.holdId);
        if (held !== undefined) held.confirmed ??= { revision, reference: event.data.reference };
        break;
      }
      case 'WaitingListLeft': {
        const held = this.all.get(event.data.holdId);
        if (held !== undefined && event.data.reason === 'request') held.left ??= revision;
        break;
      }
      default:
        if (!isReturn(event)) break;
        for (const holdId of claimIdsOf(event)) this.#end(holdId, revision, event.type === 'HoldReleased');
    }
  }

  #end(holdId: string, revision: number, wasReleased: boolean): void {
    const held = this.all.get(holdId);
    if (held === undefined) return;
    held.ended ??= revision;
    held.wasReleased ||= wasReleased;
  }

  #begin(
    data: { holdId: string; idempotencyKey: string; customerId: string; quantity: number },
    began: number,
    waited: boolean,
  ): void {
    const { holdId, idempotencyKey: key, customerId, quantity } = data;
    if (this.all.has(holdId)) return;
    this.keys.add(key);
    this.all.set(holdId, {
      ...{ holdId, key, customerId, quantity, began, waited, extended: [] },
      ...{ confirmed: null, ended: null, wasReleased: false, left: null },
    });
  }
}
