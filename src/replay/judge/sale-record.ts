import { EventAudit } from '../../domain/audit/event-audit.js';
import type { Finding } from '../../domain/audit/findings.js';
import { LogAudit } from '../../domain/audit/log-audit.js';
import type { Before, Effect } from '../../domain/audit/log-model.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import { upcast } from '../../domain/events/upcast.js';
import { QueueOrder } from '../what-if/queue-order.js';
import type { EventLine } from './history-lines.js';
import { HoldRecord } from './hold-record.js';

/** A purchase as the log has it. */
export interface Sold {
  readonly purchaseId: string;
  readonly key: string;
  readonly customerId: string;
  readonly tickets: { readonly number: number; seat: string | null }[];
  readonly first: number;
  /** Of its last event of the sale. */
  revision: number;
  cancelledAt: number | null;
}

interface Holding {
  readonly from: number;
  readonly tickets: number;
}

/** What the log of one concert says, by the independent model of the audits, and what was so at each revision. */
export class SaleRecord {
  readonly purchases = new Map<string, Sold>();
  readonly soldByKey = new Map<string, Sold>();
  readonly holds = new HoldRecord();
  readonly #log = new LogAudit();
  readonly #events = new EventAudit();
  readonly #queue = new QueueOrder();
  readonly #left: number[] = [];
  /** Revisions at which so many were left. */
  readonly #revisionsWith = new Map<number, number[]>();
  /** Revisions at which none was left. */
  readonly #without: number[] = [];
  readonly #tickets = new Map<string, number>();
  readonly #holdings = new Map<string, Holding[]>();
  #endedAt = Number.POSITIVE_INFINITY;
  #last = -1;

  constructor(readonly concertId: string) {}

  /** Revision of the last event; -1 before the first. */
  get revision(): number {
    return this.#last;
  }

  add({ revision, type, data, metadata }: EventLine): void {
    this.#last = revision;
    this.#events.at(BigInt(revision));
    const { concertId } = this;
    const decoded = upcast({ type, schemaVersion: versionIn(metadata), data, concertId });
    if (!decoded.ok) {
      this.#events.unreadable(BigInt(revision), decoded.problem);
      return;
    }
    const { event } = decoded;
    const before = this.#log.model.before(event);
    const effect = this.#log.add(event);
    this.#events.add(BigInt(revision), event, effect, before);
    this.#queue.add(BigInt(revision), event);
    this.holds.add(event, revision);
    this.#note(event, effect, before, revision);
  }

  leftAt(revision: number): number | undefined {
    return this.#left[revision];
  }

  /** Whether none was left at some revision from `from` to `to`. */
  wasSoldOut(from: number, to: number): boolean {
    return hasOneIn(this.#without, from, to);
  }

  /** Whether exactly this many were left at some revision from `from` to `to`. */
  wereLeft(tickets: number, from: number, to: number): boolean {
    return hasOneIn(this.#revisionsWith.get(tickets) ?? [], from, to);
  }

  /** Whether the customer held exactly this many at some revision from `from` to `to`. */
  held(customerId: string, tickets: number, from: number, to: number): boolean {
    const holdings = this.#holdings.get(customerId) ?? [];
    if (tickets === 0 && from < (holdings[0]?.from ?? Number.POSITIVE_INFINITY)) return true;
    return holdings.some(
      (holding, i) =>
        holding.tickets === tickets &&
        holding.from <= to &&
        (holdings[i + 1]?.from ?? Number.POSITIVE_INFINITY) > from,
    );
  }

  isHeldKey(key: string): boolean {
    return this.holds.keys.has(key);
  }

  /** Whether no more was sold from some revision up to `to` on. */
  hadEnded(to: number): boolean {
    return this.#endedAt <= to;
  }

  /** `log`, and the invariants that the log judges. */
  findings(): readonly Finding[] {
    return [this.#events.finding(BigInt(this.#last)), ...this.#log.findings(), this.#queue.finding()];
  }

  #note(event: ConcertEvent, effect: Effect, { holds }: Before, revision: number): void {
    switch (event.type) {
      case 'TicketReserved':
        this.#sold(event.data, revision);
        break;
      case 'VipAssigned': {
        const purchase = this.purchases.get(event.data.purchaseId);
        const ticket = purchase?.tickets.findLast(({ number }) => number === event.data.ticketNumber);
        if (purchase === undefined || ticket === undefined) break;
        ticket.seat = event.data.seat;
        purchase.revision = revision;
        break;
      }
      case 'PurchaseCancelled': {
        const purchase = this.purchases.get(event.data.purchaseId);
        if (purchase !== undefined) purchase.cancelledAt ??= revision;
        for (const { customerId } of effect.released) this.#count(customerId, -1, revision);
        break;
      }
      case 'SalesClosed':
      case 'ConcertCancelled':
        this.#endedAt = Math.min(this.#endedAt, revision);
        break;
      default:
        for (const { customerId } of holds.values()) this.#count(customerId, 0, revision);
        if ('customerId' in event.data) this.#count(event.data.customerId, 0, revision);
    }
    const left = this.#log.model.remaining;
    this.#left[revision] = left;
    if (left <= 0) this.#without.push(revision);
    const at = this.#revisionsWith.get(left);
    if (at === undefined) this.#revisionsWith.set(left, [revision]);
    else at.push(revision);
  }

  #sold(
    data: { purchaseId: string; customerId: string; ticketNumber: number; idempotencyKey: string },
    revision: number,
  ): void {
    const { purchaseId, customerId, ticketNumber: number, idempotencyKey: key } = data;
    let purchase = this.purchases.get(purchaseId);
    if (purchase === undefined) {
      purchase = { purchaseId, key, customerId, tickets: [], first: revision, revision, cancelledAt: null };
      this.purchases.set(purchaseId, purchase);
      if (!this.soldByKey.has(key)) this.soldByKey.set(key, purchase);
    }
    purchase.tickets.push({ number, seat: null });
    purchase.revision = revision;
    this.#count(customerId, 1, revision);
  }

  #count(customerId: string, more: number, from: number): void {
    const sold = (this.#tickets.get(customerId) ?? 0) + more;
    this.#tickets.set(customerId, sold);
    const holding = { from, tickets: sold + this.#log.model.onHold.of(customerId) };
    const holdings = this.#holdings.get(customerId);
    if (holdings === undefined) this.#holdings.set(customerId, [holding]);
    else holdings.push(holding);
  }
}

/** @param ascending numbers in ascending order */
function hasOneIn(ascending: readonly number[], from: number, to: number): boolean {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const next = ascending[low];
  return next !== undefined && next <= to;
}

/** Logs of others need no metadata: their events are of the first version. */
function versionIn(metadata: unknown): number {
  if (typeof metadata !== 'object' || metadata === null || !('schemaVersion' in metadata)) return 1;
  return Number(metadata.schemaVersion);
}
