import { setTimeout as delay } from 'node:timers/promises';
import type { Finding } from '../../src/domain/audit/findings.js';
import {
  auditHistory,
  type ClientObservation,
  type HistoryAudit,
  type Sold,
} from '../../src/domain/audit/history-audit.js';
import { compareArrivals, countInversions } from '../../src/domain/audit/inversions.js';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { Answer, Seller } from './seller.js';

export interface Crowd {
  readonly concertId: string;
  /** Each customer wants one ticket and asks under one key. */
  readonly customers: number;
  /** Purchases in flight, over all sellers. */
  readonly inFlight: number;
  /** Every n-th customer sends the same request to two sellers at once. */
  readonly duplicateEvery: number;
  /** How long a buyer waits for an answer, in ms, before asking again under the same key. */
  readonly patienceMs: number;
  /** Called after each answer, with the number of acknowledged purchases so far. */
  readonly onProgress?: (accepted: number) => void;
  /** Called with each problem for which a buyer is told to ask again. */
  readonly onUnavailable?: (problem: string) => void;
}

const mostTries = 50;
/** A buyer told to come back later does so, as Retry-After asks, a little sooner than a person would. */
const pauseBeforeRetryMs = 200;

/**
 * Buyers without mercy: all at once, some of them twice, none of them leaving without a final answer if one can be had.
 * @param sellers those who are open, asked before each request
 */
export async function sendIn(crowd: Crowd, sellers: () => readonly Seller[]): Promise<ClientObservation[]> {
  const history: ClientObservation[] = [];
  let accepted = 0;
  let next = 0;
  const note = (told: ClientObservation) => {
    history.push(told);
    if (told.answer.kind === 'accepted') crowd.onProgress?.(++accepted);
  };
  const buyer = async (): Promise<void> => {
    for (let customer = next++; customer < crowd.customers; customer = next++) {
      const tries = [insist(crowd, sellers, customer, customer, note)];
      if (customer % crowd.duplicateEvery === 0)
        tries.push(insist(crowd, sellers, customer, customer + 1, note));
      await Promise.all(tries);
    }
  };
  await Promise.all(Array.from({ length: crowd.inFlight }, buyer));
  return history;
}

async function insist(
  crowd: Crowd,
  sellers: () => readonly Seller[],
  customer: number,
  startAt: number,
  note: (told: ClientObservation) => void,
): Promise<void> {
  const key = `key ${customer}`;
  const request = {
    concertId: crowd.concertId,
    customerId: `customer ${customer}`,
    quantity: 1,
    idempotencyKey: key,
    arrivedAt: '',
    waitMs: crowd.patienceMs,
  };
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const living = sellers().filter(({ exited }) => !exited);
    const seller = living[(startAt + attempt) % living.length];
    if (seller === undefined) throw new Error('no seller is left');
    const sentAt = performance.now();
    const outcome = await seller.purchase(request, crowd.patienceMs);
    if (outcome.kind === 'unavailable') crowd.onUnavailable?.(outcome.problem);
    const answer = toldBy(outcome);
    note({ key, sentAt, endedAt: performance.now(), answer });
    if (answer.kind !== 'none') return;
    await delay(Math.random() * pauseBeforeRetryMs);
  }
}

function toldBy(answer: Answer): ClientObservation['answer'] {
  if (answer.kind === 'refused') return { kind: 'refused' };
  if (answer.kind !== 'accepted' && answer.kind !== 'replayed') return { kind: 'none' };
  const { purchaseId, tickets, revision } = answer.purchase;
  return { kind: 'accepted', purchaseId, revision, ticketNumbers: tickets.map(({ number }) => number) };
}

export interface Verdict extends HistoryAudit {
  readonly broken: readonly string[];
  readonly live: number;
  readonly inversions: number;
}

/** Holds what the buyers were told against the log, by I1 to I9. */
export async function judge(
  store: EventStore,
  concertId: string,
  history: readonly ClientObservation[],
): Promise<Verdict> {
  const audit = new LogAudit();
  const sold = new Map<string, { purchaseId: string; ticketNumbers: number[] }>();
  const arrivals: { arrivedAt: string; queueId?: string }[] = [];
  for await (const page of store.read(concertId, 0n)) {
    for (const { decoded } of page) {
      if (!decoded.ok) throw new Error(decoded.problem);
      audit.add(decoded.event);
      if (decoded.event.type !== 'TicketReserved') continue;
      const { data } = decoded.event;
      arrivals.push(data);
      const purchase = sold.get(data.idempotencyKey) ?? { purchaseId: data.purchaseId, ticketNumbers: [] };
      purchase.ticketNumbers.push(data.ticketNumber);
      sold.set(data.idempotencyKey, purchase);
    }
  }
  const told = auditHistory(history, sold satisfies ReadonlyMap<string, Sold>);
  const findings: Finding[] = [...audit.findings(), ...told.findings];
  return {
    ...told,
    findings,
    broken: findings
      .filter(({ verdict }) => verdict === 'violated')
      .map(({ invariant, examples }) => `${invariant}: ${examples.join('; ')}`),
    live: audit.model.live,
    inversions: countInversions(arrivals, compareArrivals),
  };
}
