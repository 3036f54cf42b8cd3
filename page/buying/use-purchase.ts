import { useEffect, useRef, useState } from 'preact/hooks';
import type { Ticket } from '../net/concert.js';
import { type Attempt, attemptsAt, dropAttempt, keepAttempt, newKey, openAttempt } from './attempts.js';
import { type Standing, settle } from './settle.js';

export interface Buying {
  readonly standing: Standing | null;
  /** The attempt that was stopped before its answer was known. */
  readonly stopped: Attempt | null;
  readonly attempts: readonly Attempt[];
  readonly mine: readonly Ticket[];
  buy(customerId: string, quantity: number): void;
  stop(): void;
  /** Reads again what this browser has bought. */
  refresh(): void;
  /** Back to the start, for another purchase. */
  reset(): void;
}

/** A visitor's purchases at a concert. An attempt without an answer, as of a page that was closed, goes on by itself. */
export function usePurchase(concertId: string): Buying {
  const [standing, setStanding] = useState<Standing | null>(null);
  const [stopped, setStopped] = useState<Attempt | null>(null);
  const [attempts, setAttempts] = useState(() => attemptsAt(concertId));
  const running = useRef<AbortController | null>(null);
  const mine = useRef<{ from: readonly Attempt[]; tickets: readonly Ticket[] }>({ from: [], tickets: [] });

  const goOn = async (attempt: Attempt) => {
    if (running.current !== null) return;
    const own = new AbortController();
    running.current = own;
    setStopped(null);
    const final = await settle(attempt, (now) => !own.signal.aborted && setStanding(now), own.signal);
    if (running.current === own) running.current = null;
    if (final === null) return;
    if (final.kind === 'refused') dropAttempt(attempt);
    else keepAttempt({ ...attempt, receipt: final.receipt, isOpen: false });
    setAttempts(attemptsAt(concertId));
    setStanding(final);
  };

  useEffect(() => {
    const open = openAttempt(concertId);
    if (open !== undefined) void goOn(open);
    return () => running.current?.abort();
  }, [concertId]);

  if (mine.current.from !== attempts) {
    mine.current = { from: attempts, tickets: attempts.flatMap(({ receipt }) => receipt?.tickets ?? []) };
  }
  return {
    standing,
    stopped,
    attempts,
    mine: mine.current.tickets,
    buy(customerId, quantity) {
      if (running.current !== null) return;
      const attempt =
        openAttempt(concertId) ??
        ({ key: newKey(), concertId, customerId, quantity, receipt: null, isOpen: true } satisfies Attempt);
      keepAttempt(attempt);
      setAttempts(attemptsAt(concertId));
      void goOn(attempt);
    },
    stop() {
      running.current?.abort();
      running.current = null;
      const open = openAttempt(concertId);
      if (open !== undefined) keepAttempt({ ...open, isOpen: false });
      setAttempts(attemptsAt(concertId));
      setStopped(open ?? null);
      setStanding(null);
    },
    refresh() {
      setAttempts(attemptsAt(concertId));
    },
    reset() {
      setStanding(null);
      setStopped(null);
    },
  };
}
