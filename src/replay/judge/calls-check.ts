import type { CancellationCall, PurchaseCall } from './history-lines.js';
import { type OtherCalls, RealTime } from './order.js';
import { isTrue } from './refusals.js';
import type { SaleRecord, Sold } from './sale-record.js';
import { type JudgedFinding, notLookedAt, Violations } from './violations.js';

/** What was asked and answered under one key. */
interface KeyCalls {
  readonly calls: PurchaseCall[];
  firstSent: number;
  acknowledgedAt: number;
}

/** Checks what the clients of one concert were answered against its log: I5 to I9, and the refusals. O(n log n). */
export class CallsCheck {
  readonly #purchases: PurchaseCall[] = [];
  readonly #cancellations: CancellationCall[] = [];
  readonly #keys = new Map<string, KeyCalls>();

  constructor(private readonly concertId: string) {}

  get count(): number {
    return this.#purchases.length + this.#cancellations.length;
  }

  purchase(call: PurchaseCall): void {
    this.#purchases.push(call);
    const known = this.#keys.get(call.key) ?? {
      calls: [],
      firstSent: Number.POSITIVE_INFINITY,
      acknowledgedAt: Number.POSITIVE_INFINITY,
    };
    known.calls.push(call);
    known.firstSent = Math.min(known.firstSent, call.sentAt);
    if (call.answer.kind === 'accepted') known.acknowledgedAt = Math.min(known.acknowledgedAt, call.endedAt);
    this.#keys.set(call.key, known);
  }

  cancellation(call: CancellationCall): void {
    this.#cancellations.push(call);
  }

  realTime(record: SaleRecord, others: OtherCalls): RealTime {
    const firstSent = new Map([...this.#keys].map(([key, calls]) => [key, calls.firstSent]));
    return new RealTime(record, [...this.#purchases, ...this.#cancellations], others, firstSent);
  }

  /** @param isComplete whether these are all calls that there were, so that every sale must have been asked for */
  findings(record: SaleRecord, realTime: RealTime, isComplete: boolean): readonly JudgedFinding[] {
    return [
      this.#acknowledged(record),
      this.#refused(record, realTime, isComplete),
      this.#settled(),
      this.#repeated(record, realTime),
      this.#ordered(record, realTime),
      this.#refusalsTrue(record, realTime),
    ];
  }

  #acknowledged(record: SaleRecord): JudgedFinding {
    const found = new Violations('I5');
    let count = 0;
    for (const call of this.#purchases) {
      if (call.answer.kind !== 'accepted') continue;
      count++;
      const sold = record.purchases.get(call.answer.purchaseId);
      if (sold !== undefined && isAsTold(call, sold)) continue;
      const { key, answer } = call;
      found.add(
        `${key}: told of ${textOf(answer.tickets)}, the log has ${sold === undefined ? 'none' : `${textOf(sold.tickets)} of ${sold.customerId} at revision ${sold.revision}`}`,
        this.#about(key, answer.purchaseId),
      );
    }
    for (const { purchaseId, answer } of this.#cancellations) {
      if (answer.kind !== 'cancelled') continue;
      count++;
      if (record.purchases.get(purchaseId)?.cancelledAt === answer.revision) continue;
      if ((record.purchases.get(purchaseId)?.cancelledAt ?? Number.POSITIVE_INFINITY) <= answer.revision)
        continue;
      const key = record.purchases.get(purchaseId)?.key;
      found.add(
        `the cancellation of ${purchaseId} was acknowledged and is not in the log`,
        this.#about(key ?? '', purchaseId),
      );
    }
    return found.finding(`${count} acknowledged`);
  }

  /**
   * Each sale was asked for by a call whose client was not told that nothing is sold, and which was sent before the sale is known to
   * have been in the log.
   */
  #refused(record: SaleRecord, realTime: RealTime, isComplete: boolean): JudgedFinding {
    const found = new Violations('I6');
    let unasked = 0;
    for (const sold of record.purchases.values()) {
      const calls = this.#keys.get(sold.key)?.calls;
      if (calls === undefined) {
        unasked++;
        if (isComplete && !record.isHeldKey(sold.key))
          found.add(`nobody asked for ${sold.purchaseId}`, this.#about(sold.key, sold.purchaseId));
        continue;
      }
      const isCause = (call: PurchaseCall) =>
        (call.answer.kind === 'accepted' || call.answer.kind === 'unknown') &&
        isRequestOf(call, sold) &&
        sold.first > realTime.acknowledgedBefore(call.sentAt);
      if (!calls.some(isCause) && !record.isHeldKey(sold.key))
        found.add(
          `${sold.key}: told that nothing is sold, but the log has ${textOf(sold.tickets)} for ${sold.customerId}`,
          this.#about(sold.key, sold.purchaseId),
        );
    }
    const refusals = this.#purchases.filter(
      ({ answer }) => answer.kind === 'refused' || answer.kind === 'busy',
    );
    const others =
      !isComplete && unasked > 0 ? `, ${unasked} sales by calls that are not in the history` : '';
    return found.finding(`${refusals.length} refused or turned away${others}`);
  }

  /** A call without an answer is settled by another with its key that has one. */
  #settled(): JudgedFinding {
    let [open, unsettled] = [0, 0];
    let example = '';
    for (const [key, { calls }] of this.#keys) {
      const unknown = calls.filter(({ answer }) => answer.kind === 'unknown');
      if (unknown.length === 0) continue;
      open++;
      const lastSent = Math.max(...unknown.map(({ sentAt }) => sentAt));
      const isSettled = calls.some(
        ({ answer, sentAt }) =>
          answer.kind === 'accepted' || (answer.kind === 'refused' && sentAt >= lastSent),
      );
      if (isSettled) continue;
      unsettled++;
      example = key;
    }
    const checked = `${open} keys went without an answer at least once`;
    if (unsettled > 0)
      return notLookedAt('I7', `${checked}, ${unsettled} of them to the end, such as ${example}`);
    return new Violations('I7').finding(`${checked}, all of them had one on asking again`);
  }

  #repeated(record: SaleRecord, realTime: RealTime): JudgedFinding {
    const found = new Violations('I8');
    for (const [key, { calls }] of this.#keys) {
      const told = calls.flatMap(({ answer }) => (answer.kind === 'accepted' ? [answer] : []));
      const other = told.find((answer) => !isSame(answer, told[0]));
      if (other !== undefined)
        found.add(
          `${key}: told of ${told[0]?.purchaseId}, then of ${other.purchaseId}`,
          this.#about(key, other.purchaseId),
        );
      const sold = record.soldByKey.get(key);
      if (sold === undefined) continue;
      const denied = calls.find(
        (call) =>
          call.answer.kind === 'refused' &&
          isRequestOf(call, sold) &&
          sold.revision <= realTime.acknowledgedBefore(call.sentAt),
      );
      if (denied !== undefined)
        found.add(
          `${key}: had bought at revision ${sold.revision}, and a repeat was refused`,
          this.#about(key, sold.purchaseId),
        );
    }
    return found.finding(`${this.#purchases.length} calls under ${this.#keys.size} keys`);
  }

  #ordered(record: SaleRecord, realTime: RealTime): JudgedFinding {
    const found = new Violations('I9');
    let count = 0;
    for (const [key, { firstSent, acknowledgedAt }] of this.#keys) {
      const sold = record.soldByKey.get(key);
      if (sold === undefined || acknowledgedAt === Number.POSITIVE_INFINITY) continue;
      count++;
      const earlier = realTime.acknowledgedBefore(firstSent);
      if (sold.revision > earlier) continue;
      found.add(`${key}: sent after revision ${earlier} had been acknowledged, and has ${sold.revision}`, {
        ...this.#about(key, sold.purchaseId),
        revisions: [earlier, sold.revision],
      });
    }
    return found.finding(`${count} sales`);
  }

  #refusalsTrue(record: SaleRecord, realTime: RealTime): JudgedFinding {
    const found = new Violations('refusal');
    const counts = { true: 0, false: 0, unknown: 0 };
    for (const call of this.#purchases) {
      if (call.answer.kind !== 'refused') continue;
      const from = Math.max(0, realTime.acknowledgedBefore(call.sentAt));
      const to = realTime.possibleAt(call.endedAt);
      const verdict = isTrue(call, call.answer, record, from, to);
      counts[verdict]++;
      if (verdict !== 'false') continue;
      found.add(
        `${call.key}: told ${call.answer.reason}, which was not so at any revision from ${from} to ${to}`,
        { ...this.#about(call.key), revisions: [from, to] },
      );
    }
    for (const { purchaseId, answer, sentAt } of this.#cancellations) {
      const sold = record.purchases.get(purchaseId);
      if (answer.kind !== 'refused' || answer.reason !== 'unknown-purchase' || sold === undefined) continue;
      counts.true++;
      if (sold.revision <= realTime.acknowledgedBefore(sentAt))
        found.add(
          `${sold.key}: its cancellation was told unknown-purchase, though it was sold at revision ${sold.revision}`,
          this.#about(sold.key, purchaseId),
        );
    }
    const open = counts.unknown > 0 ? `, ${counts.unknown} for reasons that a log does not show` : '';
    return found.finding(`${counts.true + counts.false} refusals${open}`);
  }

  #about(key: string, ...purchaseIds: readonly string[]) {
    return { concertId: this.concertId, keys: [key], purchaseIds };
  }
}

type Receipt = { purchaseId: string; tickets: readonly Ticket[]; revision: number };
type Ticket = { readonly number: number; readonly seat?: string | null | undefined };

const isRequestOf = ({ customerId, quantity }: PurchaseCall, sold: Sold): boolean =>
  customerId === sold.customerId && quantity === sold.tickets.length;

function isAsTold(call: PurchaseCall, sold: Sold): boolean {
  const { answer } = call;
  return (
    answer.kind === 'accepted' &&
    sold.key === call.key &&
    isRequestOf(call, sold) &&
    sold.revision === answer.revision &&
    textOf(answer.tickets) === textOf(sold.tickets)
  );
}

const isSame = (a: Receipt, b: Receipt | undefined): boolean =>
  b !== undefined &&
  a.purchaseId === b.purchaseId &&
  a.revision === b.revision &&
  textOf(a.tickets) === textOf(b.tickets);

const textOf = (tickets: readonly Ticket[]): string =>
  tickets.map(({ number, seat }) => (seat ? `${number} (${seat})` : `${number}`)).join(', ');
