import type { PurchaseRefusal } from '../../src/domain/purchase.js';
import type { Moment, PurchaseCall, SaleHistory } from '../sale/history.js';
import type { SaleModel, SoldPurchase } from './model.js';
import type { Violation } from './model-of.js';

/** What customers were told, against the model. */
export class Answers {
  readonly #found: Violation[] = [];
  readonly #byKey = new Map<string, PurchaseCall[]>();
  readonly #soldByKey = new Map<string, SoldPurchase>();

  constructor(
    private readonly history: SaleHistory,
    private readonly model: SaleModel,
  ) {
    for (const call of history.purchases) {
      const calls = this.#byKey.get(call.request.key) ?? [];
      calls.push(call);
      this.#byKey.set(call.request.key, calls);
    }
    for (const purchase of model.purchases.values()) this.#soldByKey.set(purchase.key, purchase);
  }

  violations(): readonly Violation[] {
    for (const call of this.history.purchases) this.#judgePurchase(call);
    for (const purchase of this.model.purchases.values()) this.#judgeSale(purchase);
    this.#judgeOrder();
    this.#judgeCancellations();
    return this.#found;
  }

  #judgePurchase(call: PurchaseCall): void {
    const { request, answered } = call;
    if (answered === null) return;
    const { outcome } = answered;
    const sold = this.#soldByKey.get(request.key);
    if (outcome.kind === 'accepted' || outcome.kind === 'replayed') {
      const { purchase } = outcome;
      const isAsSold =
        sold !== undefined &&
        sold.customer === request.customer &&
        sold.purchaseId === purchase.purchaseId &&
        sold.revision === purchase.revision &&
        sold.tickets.length === request.quantity &&
        textOf(sold.tickets) === textOf(purchase.tickets) &&
        this.#commitOf(sold.revision).step <= answered.step;
      if (!isAsSold)
        this.#add(
          'I5',
          `${request.customer} was told of tickets ${textOf(purchase.tickets)} for key ${request.key}; the log has ${sold === undefined ? 'none' : `${textOf(sold.tickets)} for ${sold.customer}`}`,
        );
    }
    if (outcome.kind === 'refused' && !this.#isTrue(call, outcome.refusal))
      this.#add(
        'fresh',
        `${request.customer} was told ${outcome.refusal.reason} for key ${request.key}, which was not so at any time in question`,
      );
    const isSettled =
      sold !== undefined && sold.customer === request.customer && sold.tickets.length === request.quantity;
    if (outcome.kind === 'refused' && isSettled && this.#commitOf(sold.revision).step < call.sent.step)
      this.#add('I8', `${request.customer} was refused with key ${request.key}, which had bought before`);
  }

  /** Who is told of no sale has none, and each sale was asked for. */
  #judgeSale({ purchaseId, key, customer, tickets, revision }: SoldPurchase): void {
    if (this.model.holds.holds.has(purchaseId)) return; // Its confirmation is judged.
    const commit = this.#commitOf(revision);
    const causes = (this.#byKey.get(key) ?? []).filter(
      ({ request, sent, answered }) =>
        request.customer === customer &&
        request.quantity === tickets.length &&
        sent.step < commit.step &&
        answered?.outcome.kind !== 'refused' &&
        answered?.outcome.kind !== 'busy',
    );
    if (causes.length === 0)
      this.#add(
        'I6',
        `revision ${revision} sells with key ${key}, though all who asked for it were told that nothing is sold`,
      );
  }

  /** I9, in one sweep over the moments at which requests were sent and answered. */
  #judgeOrder(): void {
    const sales = this.history.purchases.flatMap(({ request, sent, answered }) =>
      answered?.outcome.kind === 'accepted' || answered?.outcome.kind === 'replayed'
        ? [
            {
              request,
              sent,
              answered,
              revision: answered.outcome.purchase.revision,
              isNew: answered.outcome.kind === 'accepted',
            },
          ]
        : [],
    );
    const acknowledged = sales.toSorted((a, b) => a.answered.step - b.answered.step);
    let next = 0;
    let newest = { revision: -1n, customer: '' };
    for (const { request, sent, revision, isNew } of sales.toSorted((a, b) => a.sent.step - b.sent.step)) {
      for (
        let earlier = acknowledged[next];
        earlier !== undefined && earlier.answered.step < sent.step;
        earlier = acknowledged[++next]
      ) {
        if (earlier.revision > newest.revision)
          newest = { revision: earlier.revision, customer: earlier.request.customer };
      }
      // An earlier try of the same key may have sold long before this one was sent.
      const isFirstTry = this.#byKey.get(request.key)?.[0]?.sent === sent;
      if (isNew && isFirstTry && revision < newest.revision)
        this.#add(
          'I9',
          `${request.customer} got revision ${revision}, though ${newest.customer} had been told of ${newest.revision} before`,
        );
    }
  }

  #judgeCancellations(): void {
    for (const { request, sent, answered } of this.history.cancellations) {
      const sold = this.#soldByKey.get(request.key);
      const isCancelled = sold !== undefined && sold.cancelledAt !== null;
      if (answered?.outcome.kind === 'cancelled' && !isCancelled)
        this.#add('I5', `the cancellation of key ${request.key} was acknowledged and is not in the log`);
      const wasSold = sold !== undefined && this.#commitOf(sold.revision).step < sent.step;
      if (answered?.outcome.kind === 'refused' && wasSold)
        this.#add('fresh', `the cancellation of key ${request.key} was refused, though it had been sold`);
    }
  }

  /** Whether a refusal was true of the log at some moment between the request and the answer. */
  #isTrue({ request, sent, answered }: PurchaseCall, refusal: PurchaseRefusal): boolean {
    const from = this.#revisionAt(sent);
    const to = answered === null ? from : this.#revisionAt(answered);
    for (let revision = from; revision <= to; revision++)
      if (this.#holds(refusal, request, revision)) return true;
    return false;
  }

  #holds(refusal: PurchaseRefusal, request: PurchaseCall['request'], revision: bigint): boolean {
    const left = this.model.left[Number(revision)] ?? 0;
    switch (refusal.reason) {
      case 'sold-out':
        return left <= 0;
      case 'all-held':
        return left <= 0 || this.model.someoneWaits[Number(revision)] === true;
      case 'not-enough-left':
        return left < request.quantity && left === refusal.remaining;
      case 'limit-reached':
        return this.model.holdingAt(request.customer, revision) === refusal.held;
      case 'key-reused': {
        const sold = this.#soldByKey.get(request.key);
        const isOther = sold?.customer !== request.customer || sold.tickets.length !== request.quantity;
        return sold !== undefined && sold.revision <= revision && isOther;
      }
      default:
        return false; // Nothing else is asked for in these sales.
    }
  }

  /** The last revision that was in the log then. */
  #revisionAt({ ms, step }: Moment): bigint {
    const { commits } = this.history;
    let [low, high] = [0, commits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const commit = commits[middle];
      if (commit !== undefined && commit.ms <= ms && commit.step <= step) low = middle + 1;
      else high = middle;
    }
    return commits[low - 1]?.events.at(-1)?.revision ?? -1n;
  }

  #commitOf(revision: bigint): Moment {
    const { commits } = this.history;
    let [low, high] = [0, commits.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((commits[middle]?.events.at(-1)?.revision ?? -1n) >= revision) high = middle;
      else low = middle + 1;
    }
    return commits[low] ?? { ms: 0, step: 0 };
  }

  #add(invariant: string, what: string): void {
    this.#found.push({ invariant, what });
  }
}

const textOf = (tickets: readonly { readonly number: number; readonly seat: string | null }[]): string =>
  tickets.map(({ number, seat }) => (seat === null ? `${number}` : `${number} (${seat})`)).join(', ');
