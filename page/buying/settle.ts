import { ask, nameOf, type Problem, type Reply } from '../net/ask.js';
import type { Receipt } from '../net/concert.js';
import type { Attempt } from './attempts.js';

/** Where an attempt stands. */
export type Standing =
  | { readonly kind: 'asking' }
  | { readonly kind: 'in-line'; readonly position: number }
  /** It is asked again with the same key after `ms`. */
  | { readonly kind: 'again'; readonly why: 'no-answer' | 'busy' | 'offline'; readonly ms: number }
  | { readonly kind: 'bought'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly problem: Problem };

type Final = Extract<Standing, { kind: 'bought' | 'refused' }>;

interface Queued {
  readonly purchaseId: string;
  readonly status: 'queued';
  readonly position: number;
}

type Shown =
  | Queued
  | (Receipt & { readonly status: 'live' | 'cancelled' })
  | { readonly status: 'refused'; readonly problem: Problem };

const firstPauseMs = 1_000;
const longestPauseMs = 8_000;
const pollMs = 1_000;

/** Asks until there is an answer that stays, always with the attempt's key. Null when `signal` aborts first. */
export async function settle(
  attempt: Attempt,
  tell: (standing: Standing) => void,
  signal: AbortSignal,
): Promise<Final | null> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    tell({ kind: 'asking' });
    const reply = await buy(attempt, signal);
    if (signal.aborted) return null;
    if (reply.kind === 'ok') {
      const final =
        reply.status === 202
          ? await waitInLine(attempt, reply.body as Queued, tell, signal)
          : ({ kind: 'bought', receipt: reply.body as Receipt } as const);
      if (final !== null) return final;
    } else if (reply.kind === 'problem' && isFinal(reply.problem)) {
      return { kind: 'refused', problem: reply.problem };
    } else {
      await untilNextTry(reply, pauseMs, tell, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
  return null;
}

const buy = ({ concertId, customerId, quantity, key }: Attempt, signal: AbortSignal) =>
  ask<Receipt | Queued>(`/concerts/${concertId}/purchases`, {
    body: { customerId, quantity },
    headers: { 'Idempotency-Key': key, Prefer: 'wait=2' },
    signal,
  });

/** Of a 5xx nobody knows the outcome; what is only too early is asked again too. */
const isFinal = ({ status }: Problem): boolean => status < 500 && status !== 408 && status !== 429;

/** Null when the place in line is lost: nothing was sold, and the attempt is sent again. */
async function waitInLine(
  { concertId }: Attempt,
  { purchaseId, position }: Queued,
  tell: (standing: Standing) => void,
  signal: AbortSignal,
): Promise<Final | null> {
  tell({ kind: 'in-line', position });
  while (!signal.aborted) {
    await pause(pollMs, signal);
    const reply = await ask<Shown>(`/concerts/${concertId}/purchases/${purchaseId}`, { signal });
    if (reply.kind === 'none') continue;
    if (reply.kind === 'problem') return null;
    const shown = reply.body;
    if (shown.status === 'refused') return { kind: 'refused', problem: shown.problem };
    if (shown.status !== 'queued') return { kind: 'bought', receipt: shown };
    tell({ kind: 'in-line', position: shown.position });
  }
  return null;
}

async function untilNextTry(
  reply: Reply<unknown>,
  pauseMs: number,
  tell: (standing: Standing) => void,
  signal: AbortSignal,
): Promise<void> {
  const askedMs = reply.kind === 'problem' ? reply.retryAfterMs : null;
  const ms = askedMs ?? pauseMs * (0.75 + Math.random() / 2);
  const isBusy = reply.kind === 'problem' && ['busy', 'too-many-requests'].includes(nameOf(reply.problem));
  tell({ kind: 'again', why: navigator.onLine ? (isBusy ? 'busy' : 'no-answer') : 'offline', ms });
  await pause(ms, signal);
}

/** Over early when the browser is online again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      window.clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = window.setTimeout(end, ms);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
