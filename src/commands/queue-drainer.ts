import { purchaseIdOf } from '../domain/ids.js';
import type { PurchaseResult } from '../domain/purchase.js';
import type { Answer, Arrival, ArrivalQueue } from '../redis/arrival-queue.js';
import type { ConcertLock, HeldLock } from '../redis/concert-lock.js';
import { type AttemptContext, attempt } from './attempt.js';
import type { KnownConcerts } from './known-concerts.js';
import { purchaseOutcome, purchaseTask } from './purchase-task.js';
import { readEntry, writeOutcome } from './queue-messages.js';
import { type Executed, PendingTask } from './task.js';

export interface DrainContext extends AttemptContext {
  readonly known: KnownConcerts;
  readonly queue: ArrivalQueue;
  readonly lock: ConcertLock;
}

/** `empty`: everybody who was in line has been answered. `stopped`: somebody else has the line, or took it over. */
export type Drained = 'empty' | 'stopped';

/** Purchases read from the line for one append. */
const drainCount = 250;

/**
 * Decides those in line, in order, for as long as the lock lasts. Rejects when Redis or the log does not answer.
 *
 * A drainer may die or be overtaken at any point: what it appended is found in the log by the next one and answered the
 * same; what it did not append is still in line. The state is read before the line, and answers count only with the lock:
 * so a purchase that another drainer has refused since can be decided here only on the state it was refused on.
 */
export async function drainQueue(context: DrainContext, concertId: string, waitMs: number): Promise<Drained> {
  const got = await context.lock.acquire(concertId, waitMs);
  if (got.kind === 'unreachable') throw new Error(got.problem);
  if (got.kind === 'busy') return 'stopped';
  try {
    for (;;) {
      const step = await drainOnce(context, concertId, got.lock);
      if (step !== 'go on') return step;
    }
  } finally {
    await got.lock.release();
  }
}

async function drainOnce(
  context: DrainContext,
  concertId: string,
  lock: HeldLock,
): Promise<Drained | 'go on'> {
  const base = await context.known.current(concertId);
  const arrivals = await context.queue.first(concertId, drainCount);
  if (lock.expired) return 'stopped';
  if (arrivals.length === 0) return 'empty';
  const all = arrivals.map(inLine);
  const attempted = await attempt(
    context,
    base,
    all.map(({ task }) => task),
  );
  if (attempted.kind === 'conflict') {
    context.observer.conflict(concertId);
    await context.known.readOn(base);
    return 'go on';
  }
  if (attempted.kind !== 'decided') throw new Error(attempted.kind === 'busy' ? 'busy' : attempted.problem);
  if (attempted.appended) context.known.appended(attempted.concert);
  const decided = all.slice(0, attempted.count);
  for (const { task } of decided) task.settle(attempted.concert);
  const answers = await Promise.all(decided.map(async (item) => toAnswer(item, await item.task.outcome)));
  return (await context.queue.answer(concertId, lock.token, answers)) ? 'go on' : 'stopped';
}

interface InLine {
  readonly id: string;
  readonly purchaseId: string;
  readonly replyTo: string;
  readonly token: string;
  readonly task: PendingTask<PurchaseResult>;
}

function inLine({ id, entry }: Arrival): InLine {
  const { replyTo, token, ...request } = readEntry(entry);
  const purchaseId = purchaseIdOf(request.concertId, request.idempotencyKey);
  return { id, purchaseId, replyTo, token, task: new PendingTask(purchaseTask(request, id)) };
}

function toAnswer({ id, purchaseId, replyTo, token }: InLine, executed: Executed<PurchaseResult>): Answer {
  if (executed.kind !== 'decided') throw new TypeError('a settled task has no decision');
  const outcome = writeOutcome(purchaseOutcome(executed.result));
  // What was sold is in the log for anyone who asks; a refusal is not.
  return { id, purchaseId, replyTo, token, outcome, keep: executed.result.kind === 'refused' };
}
