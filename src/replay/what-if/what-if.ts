import { type Concert, purchasesMade } from '../../domain/concert.js';
import {
  cancelPurchase,
  changeConcert,
  type ManageRefusal,
  type ManageResult,
  scheduleConcert,
} from '../../domain/concert-commands.js';
import { type ConfirmRefusal, confirmHold } from '../../domain/holds/confirm-hold.js';
import { extendHold } from '../../domain/holds/extend-hold.js';
import { holdTickets } from '../../domain/holds/hold-tickets.js';
import { releaseHold } from '../../domain/holds/release-hold.js';
import { joinWaitingList, leaveWaitingList } from '../../domain/holds/waiting-list.js';
import { type PurchaseRefusal, purchaseTickets } from '../../domain/purchase.js';
import { inArrivalOrder } from './arrival-order.js';
import { changeOf, type PurchaseDifference, type Would } from './difference.js';
import type { Got, RecordedClaim, RecordedCommand, RecordedPurchase } from './recorded-command.js';
import type { RecordedSale } from './recorded-sale.js';
import { Timeline } from './timeline.js';

/** Terms to try instead of the recorded ones. A capacity given here also replaces every later change of capacity. */
export interface OtherRules {
  readonly capacity?: number;
  readonly vipSeats?: number;
  readonly ticketsPerCustomer?: number;
  readonly salesOpenAt?: string;
  readonly salesCloseAt?: string;
  /** These two replace every later change of the terms of holds too. */
  readonly holdSeconds?: number;
  readonly offerSeconds?: number;
}

export interface Totals {
  readonly capacity: number;
  readonly purchases: number;
  /** Tickets sold and not released at the end. */
  readonly live: number;
  /** VIP seats taken at the end. */
  readonly vip: number;
  /** Holds that expired. */
  readonly expired: number;
}

export interface WhatIf {
  readonly recorded: Totals;
  readonly would: Totals;
  /** Purchases that would have got other tickets or seats than they did, in arrival order. */
  readonly differences: readonly PurchaseDifference[];
  /** Commands of the organiser that would have been refused. */
  readonly refusedChanges: readonly { readonly at: string; readonly refusal: ManageRefusal }[];
  /** Holds, and places in the waiting list, that would have been refused. */
  readonly refusedClaims: readonly { readonly claim: RecordedClaim; readonly reason: string }[];
}

/** No concert can be scheduled by these rules. */
export class ImpossibleRules extends Error {
  override readonly name = 'ImpossibleRules';
}

/** How many commands are decided before other work may run. */
const decidedAtOnce = 200;

/**
 * Runs a recorded sale through the deciders again, in arrival order, under other rules. Without other rules it shows what
 * strict arrival order alone would have changed. Holds expire when they did; with other hold times, as soon as they can.
 * Deterministic.
 * @param turn lets other work run; what it throws ends the run
 * @throws {ImpossibleRules} when no concert can be scheduled by these rules
 */
export async function whatIf(
  sale: RecordedSale,
  rules: OtherRules,
  turn: () => Promise<void> = async () => {},
): Promise<WhatIf> {
  const run = new Run(sale, rules);
  for (const [index, command] of inArrivalOrder(sale.commands).entries()) {
    run.decide(command);
    if (index % decidedAtOnce === decidedAtOnce - 1) await turn();
  }
  const { differences, refusedChanges, refusedClaims } = run;
  return {
    recorded: totalsOf(sale.concert, sale.expired),
    would: totalsOf(run.timeline.concert, run.timeline.expired),
    ...{ differences, refusedChanges, refusedClaims },
  };
}

class Run {
  readonly differences: PurchaseDifference[] = [];
  readonly refusedChanges: WhatIf['refusedChanges'][number][] = [];
  readonly refusedClaims: WhatIf['refusedClaims'][number][] = [];
  readonly timeline: Timeline;

  constructor(
    { terms, scheduledAt, commands }: RecordedSale,
    private readonly rules: OtherRules,
  ) {
    const hasOtherTimes = rules.holdSeconds !== undefined || rules.offerSeconds !== undefined;
    this.timeline = new Timeline(terms.concertId, confirmationsIn(commands), hasOtherTimes);
    const scheduled = this.timeline.decide(scheduledAt, (concert, now) =>
      scheduleConcert({ ...terms, ...rules }, concert, now),
    );
    if (scheduled.kind === 'refused') {
      throw new ImpossibleRules('more VIP seats than tickets: no concert can be scheduled like that');
    }
  }

  decide(command: RecordedCommand): void {
    const { timeline } = this;
    const { at } = command;
    switch (command.kind) {
      case 'purchase':
        this.#purchase(command.purchase, at);
        break;
      case 'confirm':
        this.#confirm(command.purchase, command.reference, at);
        break;
      case 'cancel':
        timeline.decide(at, (concert, now) => cancelPurchase(command.purchaseId, concert, now));
        break;
      case 'hold':
      case 'join':
        this.#claim(command.kind, command.claim, at);
        break;
      case 'extend':
        timeline.decide(at, (concert, now) =>
          extendHold({ holdId: command.holdId, arrivedAt: at }, concert, now),
        );
        break;
      case 'release':
        timeline.decide(at, (concert, now) => releaseHold(command.holdId, concert, now));
        break;
      case 'leave':
        timeline.decide(at, (concert, now) => leaveWaitingList(command.holdId, concert, now));
        break;
      case 'expiry':
        timeline.expire(at);
        break;
      default:
        this.#change(command);
    }
  }

  #change(command: Extract<RecordedCommand, { kind: 'capacity' | 'status' | 'terms' }>): void {
    const { rules } = this;
    if (command.kind === 'capacity' && rules.capacity !== undefined) return;
    const { kind: _, at, ...change } = command;
    const { holdSeconds, offerSeconds } = rules;
    const terms = {
      ...(holdSeconds === undefined ? {} : { holdSeconds }),
      ...(offerSeconds === undefined ? {} : { offerSeconds }),
    };
    const changed = command.kind === 'terms' ? { ...change, ...terms } : change;
    const result = this.timeline.decide<ManageResult>(at, (concert, now) =>
      changeConcert(changed, concert, now),
    );
    if (result.kind === 'refused') this.refusedChanges.push({ at, refusal: result.refusal });
  }

  #claim(kind: 'hold' | 'join', claim: RecordedClaim, at: string): void {
    const decide = kind === 'hold' ? holdTickets : joinWaitingList;
    const result = this.timeline.decide<ReturnType<typeof decide>[0]>(at, (concert, now) =>
      decide(claim, concert, now),
    );
    if (result.kind === 'refused') this.refusedClaims.push({ claim, reason: result.refusal.reason });
  }

  #confirm(purchase: RecordedPurchase, reference: string, at: string): void {
    const { purchaseId: holdId, arrivedAt } = purchase;
    const result = this.timeline.decide(at, (concert, now) =>
      confirmHold({ holdId, reference, arrivedAt }, concert, now),
    );
    this.timeline.decided(holdId);
    this.#note(purchase, result);
  }

  #purchase(purchase: RecordedPurchase, at: string): void {
    const { tickets, ...asked } = purchase;
    const command = { ...asked, quantity: tickets.length };
    this.#note(
      purchase,
      this.timeline.decide(at, (concert, now) => purchaseTickets(command, concert, now)),
    );
  }

  #note(
    purchase: RecordedPurchase,
    result:
      | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal | ConfirmRefusal }
      | { readonly kind: string; readonly purchase: { readonly tickets: readonly Got[] } },
  ): void {
    if ('refusal' in result) {
      const would: Would = { kind: 'refused', refusal: result.refusal };
      this.differences.push({ change: 'refused', purchase, would });
      return;
    }
    const got = result.purchase.tickets;
    const change = changeOf(purchase.tickets, got);
    if (change !== null) this.differences.push({ change, purchase, would: { kind: 'got', tickets: got } });
  }
}

/** When the confirmation of each hold arrived. */
const confirmationsIn = (commands: readonly RecordedCommand[]): Map<string, string> =>
  new Map(
    commands.flatMap((command) =>
      command.kind === 'confirm' ? [[command.purchase.purchaseId, command.purchase.arrivedAt] as const] : [],
    ),
  );

function totalsOf(concert: Concert, expired: number): Totals {
  const { capacity, live, purchases } = concert;
  const taken = [...purchases.values()].filter(({ status }) => status === 'live');
  const vip = taken.flatMap(({ tickets }) => tickets).filter(({ seat }) => seat !== null).length;
  return { capacity, purchases: purchasesMade(concert), live, vip, expired };
}
