import { type Concert, compacted, emptyConcert, fold, purchasesMade } from '../../domain/concert.js';
import {
  cancelPurchase,
  changeConcert,
  type ManageRefusal,
  scheduleConcert,
} from '../../domain/concert-commands.js';
import { type PurchaseRefusal, purchaseTickets } from '../../domain/purchase.js';
import { inArrivalOrder } from './arrival-order.js';
import type { Got, RecordedCommand, RecordedPurchase, RecordedSale } from './recorded-sale.js';

/** Terms to try instead of the recorded ones. A capacity given here also replaces every later change of capacity. */
export interface OtherRules {
  readonly capacity?: number;
  readonly vipSeats?: number;
  readonly ticketsPerCustomer?: number;
  readonly salesOpenAt?: string;
  readonly salesCloseAt?: string;
}

export type Would =
  | { readonly kind: 'got'; readonly tickets: readonly Got[] }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal };

/** The kind of a difference: the first that applies. */
export type Change = 'refused' | 'gains-vip' | 'loses-vip' | 'other-seat' | 'other-number';

export interface PurchaseDifference {
  readonly change: Change;
  readonly purchase: RecordedPurchase;
  readonly would: Would;
}

export interface Totals {
  readonly capacity: number;
  readonly purchases: number;
  /** Tickets sold and not released at the end. */
  readonly live: number;
  /** VIP seats taken at the end. */
  readonly vip: number;
}

export interface WhatIf {
  readonly recorded: Totals;
  readonly would: Totals;
  /** Purchases that would have got other tickets or seats than they did, in arrival order. */
  readonly differences: readonly PurchaseDifference[];
  /** Commands of the organiser that would have been refused. */
  readonly refusedChanges: readonly { readonly at: string; readonly refusal: ManageRefusal }[];
}

/**
 * Runs a recorded sale through the deciders again, in arrival order, under other rules. Without other rules it shows what
 * strict arrival order alone would have changed.
 * @throws {RangeError} when no concert can be scheduled by these rules
 */
export function whatIf(sale: RecordedSale, rules: OtherRules): WhatIf {
  const run = new Run(sale, rules);
  for (const command of inArrivalOrder(sale.commands)) run.decide(command, rules.capacity !== undefined);
  const { concert, differences, refusedChanges } = run;
  return { recorded: totalsOf(sale.concert), would: totalsOf(concert), differences, refusedChanges };
}

class Run {
  readonly differences: PurchaseDifference[] = [];
  readonly refusedChanges: WhatIf['refusedChanges'][number][] = [];
  concert: Concert;

  constructor({ terms, scheduledAt }: RecordedSale, rules: OtherRules) {
    const empty = emptyConcert(terms.concertId);
    const [result, events] = scheduleConcert({ ...terms, ...rules }, empty, scheduledAt);
    if (result.kind === 'refused') {
      throw new RangeError('more VIP seats than tickets: no concert can be scheduled like that');
    }
    this.concert = fold(empty, events);
  }

  decide(command: RecordedCommand, ignoresCapacity: boolean): void {
    if (command.kind === 'purchase') this.#purchase(command.purchase, command.at);
    else if (command.kind === 'cancel') {
      const [, events] = cancelPurchase(command.purchaseId, this.concert, command.at);
      this.concert = compacted(fold(this.concert, events));
    } else if (command.kind === 'status' || !ignoresCapacity) {
      const { kind: _, at, ...change } = command;
      const [result, events] = changeConcert(change, this.concert, at);
      if (result.kind === 'refused') this.refusedChanges.push({ at, refusal: result.refusal });
      this.concert = compacted(fold(this.concert, events));
    }
  }

  #purchase(purchase: RecordedPurchase, now: string): void {
    const { tickets, ...asked } = purchase;
    const command = { ...asked, quantity: tickets.length };
    const [result, events] = purchaseTickets(command, this.concert, now);
    this.concert = compacted(fold(this.concert, events));
    if (result.kind === 'refused') {
      this.differences.push({
        change: 'refused',
        purchase,
        would: { kind: 'refused', refusal: result.refusal },
      });
      return;
    }
    const got = result.purchase.tickets;
    const change = changeOf(tickets, got);
    if (change !== null) this.differences.push({ change, purchase, would: { kind: 'got', tickets: got } });
  }
}

function totalsOf(concert: Concert): Totals {
  const { capacity, live, purchases } = concert;
  const taken = [...purchases.values()].filter(({ status }) => status === 'live');
  const vip = taken.flatMap(({ tickets }) => tickets).filter(({ seat }) => seat !== null).length;
  return { capacity, purchases: purchasesMade(concert), live, vip };
}

/** Returns null when there is no difference. Purchases are all or nothing, so the number of tickets is the same. */
function changeOf(then: readonly Got[], now: readonly Got[]): Change | null {
  const seatsThen = seatsOf(then);
  const seatsNow = seatsOf(now);
  if (seatsNow.length > seatsThen.length) return 'gains-vip';
  if (seatsNow.length < seatsThen.length) return 'loses-vip';
  if (seatsNow.join() !== seatsThen.join()) return 'other-seat';
  return then.every(({ number }, i) => number === now[i]?.number) ? null : 'other-number';
}

const seatsOf = (tickets: readonly Got[]): readonly string[] =>
  tickets.flatMap(({ seat }) => (seat === null ? [] : [seat]));
