import { type ConcertEvent, claimIdsOf } from '../../../domain/events/events.js';
import {
  type HoldConfirmed,
  type HoldExtended,
  type HoldReturn,
  isReturn,
  type ReturnedAs,
  returnedAs,
  type TicketsHeld,
} from '../../../domain/events/hold-events.js';
import type { ExpectedTable } from '../audited.js';
import { rowText } from './row.js';

interface Hold {
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly seats: readonly string[];
  readonly reason: string;
  readonly arrivedAt: number;
  readonly heldAt: number;
  status: 'open' | 'confirmed' | ReturnedAs;
  expiresAt: number;
  extensions: number;
  endedAt: number | null;
  reference: string | null;
  late: boolean;
  revision: bigint;
}

/** The rows of `holds`. */
export class ExpectedHolds implements ExpectedTable {
  readonly #holds = new Map<string, Hold>();

  add(revision: bigint, event: ConcertEvent): void {
    switch (event.type) {
      case 'TicketsHeld':
        this.#open(revision, event.data);
        break;
      case 'HoldExtended':
        this.#extend(revision, event.data);
        break;
      case 'HoldConfirmed':
        this.#confirm(revision, event.data, false);
        break;
      case 'LateConfirmationAccepted':
        this.#confirm(revision, event.data, true);
        break;
      default:
        if (!isReturn(event)) break;
        for (const holdId of claimIdsOf(event)) this.#end(revision, holdId, event);
    }
  }

  *rows(): Generator<string> {
    for (const [holdId, hold] of [...this.#holds].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { customerId, idempotencyKey, quantity, seats, reason, status } = hold;
      const { arrivedAt, heldAt, expiresAt, endedAt, extensions, reference, late, revision } = hold;
      yield rowText(
        ...[holdId, customerId, idempotencyKey, quantity, seats, reason, status],
        ...[arrivedAt, heldAt, expiresAt, endedAt, extensions, reference, late, revision],
      );
    }
  }

  #open(revision: bigint, { holdId, ...data }: TicketsHeld['data']): void {
    const { customerId, idempotencyKey, quantity, seats, reason } = data;
    this.#holds.set(holdId, {
      ...{ customerId, idempotencyKey, quantity, seats, reason, revision },
      ...{ arrivedAt: Date.parse(data.arrivedAt), heldAt: Date.parse(data.decidedAt) },
      ...{ expiresAt: Date.parse(data.expiresAt), extensions: 0, status: 'open', endedAt: null },
      ...{ reference: null, late: false },
    });
  }

  #extend(revision: bigint, { holdId, expiresAt }: HoldExtended['data']): void {
    const hold = this.#holds.get(holdId);
    if (hold?.status !== 'open') return;
    hold.expiresAt = Date.parse(expiresAt);
    hold.extensions += 1;
    hold.revision = revision;
  }

  #confirm(revision: bigint, { holdId, reference, decidedAt }: HoldConfirmed['data'], late: boolean): void {
    const hold = this.#holds.get(holdId);
    if (hold === undefined) return;
    Object.assign(hold, { status: 'confirmed', reference, late, endedAt: Date.parse(decidedAt), revision });
  }

  #end(revision: bigint, holdId: string, event: HoldReturn): void {
    const hold = this.#holds.get(holdId);
    if (hold?.status !== 'open') return;
    Object.assign(hold, { status: returnedAs(event), endedAt: Date.parse(event.data.decidedAt), revision });
  }
}
