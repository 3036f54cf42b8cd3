import type { ConfirmationCall, HoldCall, HoldChangeCall } from './history-lines.js';
import type { Held } from './hold-record.js';
import type { RealTime, RevisionAt } from './order.js';
import { isHoldRefusalTrue, isTrue } from './refusals.js';
import type { SaleRecord } from './sale-record.js';
import { type JudgedFinding, notLookedAt, Violations } from './violations.js';

type AnyCall = HoldCall | ConfirmationCall | HoldChangeCall;

/**
 * Checks what the clients of one concert were answered about holds and the waiting list against its log: I5 to I9 for them, and the
 * refusals. O(n).
 */
export class HoldCallsCheck {
  /** By idempotency key. */
  readonly #holds = new Map<string, HoldCall[]>();
  /** By hold and reference. */
  readonly #confirmations = new Map<string, ConfirmationCall[]>();
  /** By kind and hold. */
  readonly #changes = new Map<string, HoldChangeCall[]>();
  #count = 0;

  constructor(private readonly concertId: string) {}

  get count(): number {
    return this.#count;
  }

  hold(call: HoldCall): void {
    this.#add(this.#holds, call.key, call);
  }

  confirmation(call: ConfirmationCall): void {
    this.#add(this.#confirmations, nameOf(call), call);
  }

  change(call: HoldChangeCall): void {
    this.#add(this.#changes, `${call.call} of ${call.holdId}`, call);
  }

  /** What was told of revisions, and when. */
  *acknowledged(): Generator<RevisionAt> {
    for (const groups of [this.#holds, this.#confirmations, this.#changes])
      for (const calls of groups.values())
        for (const { endedAt: at, answer } of calls)
          if ('revision' in answer) yield { at, revision: answer.revision };
  }

  /** When the holds and places in the log were first asked for. */
  *asked({ holds }: SaleRecord): Generator<RevisionAt> {
    for (const { key, began: revision } of holds.all.values()) {
      const calls = this.#holds.get(key);
      if (calls !== undefined) yield { at: Math.min(...calls.map(({ sentAt }) => sentAt)), revision };
    }
  }

  /** Nothing where there were no such calls. @param isComplete whether every hold must have been asked for */
  findings(record: SaleRecord, realTime: RealTime, isComplete: boolean): readonly JudgedFinding[] {
    if (this.#count === 0) return [];
    return [
      this.#acknowledged(record),
      this.#refused(record, isComplete),
      this.#settled(record),
      this.#repeated(),
      this.#ordered(record, realTime),
      this.#refusalsTrue(record, realTime),
    ];
  }

  #add<Call>(groups: Map<string, Call[]>, name: string, call: Call): void {
    this.#count++;
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [call]);
    else known.push(call);
  }

  #acknowledged(record: SaleRecord): JudgedFinding {
    const found = new Violations('I5');
    let count = 0;
    const check = (holdId: string, what: string, isLogged: boolean) => {
      count++;
      if (!isLogged)
        found.add(`${what} of ${holdId} was acknowledged and is not so in the log`, this.#about(holdId));
    };
    for (const { answer, customerId, quantity, key } of [...this.#holds.values()].flat()) {
      if (answer.kind !== 'held') continue;
      const held = record.holds.all.get(answer.holdId);
      const isOfIt = held?.key === key && held.customerId === customerId && held.quantity === quantity;
      check(answer.holdId, 'the hold', isOfIt && held.began <= answer.revision);
    }
    for (const { answer, holdId, reference } of [...this.#confirmations.values()].flat()) {
      if (answer.kind !== 'accepted') continue;
      const sold = record.purchases.get(holdId);
      const isOfIt =
        record.holds.all.get(holdId)?.confirmed?.reference === reference &&
        sold?.revision === answer.revision &&
        textOf(sold.tickets) === textOf(answer.tickets);
      check(holdId, `the confirmation ${reference}`, isOfIt);
    }
    for (const { answer, holdId, call } of [...this.#changes.values()].flat()) {
      if (answer.kind !== 'done') continue;
      const held = record.holds.all.get(holdId);
      const at = call === 'leave' ? held?.left : call === 'release' ? held?.ended : undefined;
      const isExtended = call === 'extension' && (held?.extended.includes(answer.revision) ?? false);
      check(holdId, `the ${call}`, isExtended || (at ?? Number.POSITIVE_INFINITY) <= answer.revision);
    }
    return found.finding(`${count} acknowledged about holds`);
  }

  /** What is in the log was asked for by a call whose client was not told that nothing was done. */
  #refused(record: SaleRecord, isComplete: boolean): JudgedFinding {
    const found = new Violations('I6');
    const unasked = (calls: readonly AnyCall[] | undefined) =>
      calls === undefined ? isComplete : !calls.some(mayHaveActed);
    for (const held of record.holds.all.values()) {
      const { holdId, key, confirmed } = held;
      const add = (what: string) => found.add(`${what}, and it is in the log`, this.#about(holdId));
      if (unasked(this.#holds.get(key)?.filter((call) => isRequestOf(call, held))))
        add(`${key}: nobody holds by it, as far as its clients know`);
      if (confirmed !== null) {
        const { reference } = confirmed;
        if (unasked(this.#confirmations.get(nameOf({ holdId, reference }))))
          add(`${holdId}: nobody confirmed it with ${reference}`);
      }
      if (held.wasReleased && unasked(this.#changes.get(`release of ${holdId}`)))
        add(`${holdId}: nobody released it`);
      if (held.left !== null && unasked(this.#changes.get(`leave of ${holdId}`)))
        add(`${holdId}: nobody left the waiting list by it`);
    }
    return found.finding(`${record.holds.all.size} holds and places`);
  }

  /**
   * A call without an answer happened once or not at all: what can be asked again settles which. An extension cannot be, so that the
   * log must not have more of them than were asked for.
   */
  #settled(record: SaleRecord): JudgedFinding {
    const found = new Violations('I7');
    for (const { holdId, extended } of record.holds.all.values()) {
      const asked = this.#changes.get(`extension of ${holdId}`)?.filter(mayHaveActed).length ?? 0;
      if (extended.length > asked && this.#changes.size > 0)
        found.add(
          `${holdId}: extended ${extended.length} times, and asked for ${asked} times`,
          this.#about(holdId),
        );
    }
    let [open, unsettled] = [0, 0];
    let example = '';
    const repeatable = [...this.#changes].filter(([name]) => !name.startsWith('extension'));
    for (const [name, calls] of [...this.#holds, ...this.#confirmations, ...repeatable]) {
      const unknown = (calls as readonly AnyCall[]).filter(({ answer }) => answer.kind === 'unknown');
      if (unknown.length === 0) continue;
      open++;
      const lastSent = Math.max(...unknown.map(({ sentAt }) => sentAt));
      if ((calls as readonly AnyCall[]).some((call) => isFinal(call, lastSent))) continue;
      unsettled++;
      example = name;
    }
    const checked = `${open} calls about holds went without an answer at least once`;
    if (unsettled > 0 && found.none)
      return notLookedAt('I7', `${checked}, ${unsettled} of them to the end, such as ${example}`);
    return found.finding(
      `${checked}, ${unsettled === 0 ? 'all' : 'not all'} of them had one on asking again`,
    );
  }

  #repeated(): JudgedFinding {
    const found = new Violations('I8');
    for (const [key, calls] of this.#holds) {
      const told = new Set(calls.flatMap(({ answer }) => (answer.kind === 'held' ? [answer.holdId] : [])));
      if (told.size > 1) found.add(`${key}: told of ${[...told].join(' and ')}`, this.#about(...told));
    }
    for (const [name, calls] of this.#confirmations) {
      const told = calls.flatMap(({ answer, holdId, endedAt }) =>
        answer.kind === 'accepted'
          ? [{ holdId, endedAt, text: `${answer.revision} ${textOf(answer.tickets)}` }]
          : [],
      );
      const [first] = told;
      if (first === undefined) continue;
      const at = Math.min(...told.map(({ endedAt }) => endedAt));
      if (told.some(({ text }) => text !== first.text))
        found.add(`${name}: told of other tickets in a repeat`, this.#about(first.holdId));
      if (calls.some(({ answer, sentAt }) => answer.kind === 'refused' && sentAt > at))
        found.add(`${name}: a repeat of the confirmation was refused`, this.#about(first.holdId));
    }
    return found.finding(`${this.#holds.size} keys of holds, ${this.#confirmations.size} confirmations`);
  }

  #ordered(record: SaleRecord, realTime: RealTime): JudgedFinding {
    const found = new Violations('I9');
    let count = 0;
    const check = (holdId: string, calls: readonly AnyCall[] | undefined, revision: number | undefined) => {
      if (calls === undefined || revision === undefined) return;
      count++;
      const firstSent = Math.min(...calls.map(({ sentAt }) => sentAt));
      const earlier = realTime.acknowledgedBefore(firstSent);
      if (revision <= earlier)
        found.add(`${holdId}: sent after revision ${earlier} had been acknowledged, and has ${revision}`, {
          ...this.#about(holdId),
          revisions: [earlier, revision],
        });
    };
    for (const { holdId, key, began, confirmed } of record.holds.all.values()) {
      check(holdId, this.#holds.get(key), began);
      if (confirmed !== null)
        check(holdId, this.#confirmations.get(nameOf({ holdId, ...confirmed })), confirmed.revision);
    }
    return found.finding(`${count} holds and confirmations`);
  }

  #refusalsTrue(record: SaleRecord, realTime: RealTime): JudgedFinding {
    const found = new Violations('refusal');
    let judged = 0;
    for (const call of [...this.#holds.values()].flat()) {
      if (call.answer.kind !== 'refused' || call.waits) continue;
      const from = Math.max(0, realTime.acknowledgedBefore(call.sentAt));
      const to = realTime.possibleAt(call.endedAt);
      const verdict = isTrue(call, call.answer, record, from, to);
      if (verdict !== 'unknown') judged++;
      if (verdict !== 'false') continue;
      found.add(
        `${call.key}: its hold was told ${call.answer.reason}, which was not so at any revision from ${from} to ${to}`,
        { concertId: this.concertId, keys: [call.key], revisions: [from, to] },
      );
    }
    for (const call of [...this.#confirmations.values(), ...this.#changes.values()].flat()) {
      if (call.answer.kind !== 'refused') continue;
      const held = record.holds.all.get(call.holdId);
      const isTold = held !== undefined && held.began <= realTime.acknowledgedBefore(call.sentAt);
      const reference = 'reference' in call ? call.reference : null;
      const truth = isHoldRefusalTrue(call.answer.reason, held, isTold, reference);
      if (truth !== null) judged++;
      if (truth === false)
        found.add(
          `the ${call.call} of ${call.holdId} was told ${call.answer.reason}, which the log does not say`,
          this.#about(call.holdId),
        );
    }
    return found.finding(`${judged} refusals about holds`);
  }

  #about(...purchaseIds: readonly string[]) {
    return { concertId: this.concertId, purchaseIds };
  }
}

const nameOf = ({ holdId, reference }: { readonly holdId: string; readonly reference: string }): string =>
  `the confirmation of ${holdId} with ${reference}`;

const mayHaveActed = ({ answer }: AnyCall): boolean => answer.kind !== 'refused' && answer.kind !== 'busy';

const isRequestOf = ({ customerId, quantity }: HoldCall, held: Held): boolean =>
  customerId === held.customerId && quantity === held.quantity;

const isFinal = ({ answer, sentAt }: AnyCall, lastSent: number): boolean =>
  answer.kind === 'held' ||
  answer.kind === 'accepted' ||
  answer.kind === 'done' ||
  (answer.kind === 'refused' && sentAt >= lastSent);

type Ticket = { readonly number: number; readonly seat?: string | null | undefined };

const textOf = (tickets: readonly Ticket[]): string =>
  tickets.map(({ number, seat }) => `${number} ${seat ?? ''}`).join();
