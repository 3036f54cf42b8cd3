import { useEffect, useRef, useState } from 'preact/hooks';
import { customer, keepAttempt, newKey } from '../buying/attempts.js';
import { ask, type Problem, type Reply } from '../net/ask.js';
import type { Ticket } from '../net/concert.js';
import { subject } from '../net/credential.js';

/** A hold, or a place on the waiting list that may become one: both have the same id. */
export interface Claim {
  readonly holdId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly status: 'open' | 'waiting' | 'confirmed' | 'expired' | 'released' | 'left';
  readonly expiresAt?: string;
  readonly position?: number;
  readonly tickets?: readonly Ticket[];
}

type Path = 'holds' | 'waiting-list';

interface Wanted {
  readonly key: string;
  readonly path: Path;
  readonly customerId: string;
}

const lookEveryMs = 1_000;
const place = (concertId: string) => `onsale.claim.${concertId}`;

function wantedAt(concertId: string): Wanted | null {
  try {
    return JSON.parse(localStorage.getItem(place(concertId)) ?? 'null');
  } catch {
    // Not written by this page.
    return null;
  }
}

/** The visitor's claim at a concert, kept over reloads by its key. It is looked at until it has ended. */
export function useClaim(concertId: string, onBought: () => void) {
  const [wanted, setWanted] = useState(() => wantedAt(concertId));
  const [claim, setClaim] = useState<Claim | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const last = useRef<Claim | null>(null);
  last.current = claim;

  const forget = () => {
    localStorage.removeItem(place(concertId));
    setWanted(null);
  };
  const took = ({ key }: Wanted, reply: Reply<Claim>) => {
    if (reply.kind === 'problem' && reply.problem.status < 500 && reply.problem.status !== 429) {
      setProblem(reply.problem);
      forget();
    }
    if (reply.kind !== 'ok') return;
    const now = reply.body;
    setClaim(now);
    if (now.status === 'open' || now.status === 'waiting') return;
    forget();
    if (now.status !== 'confirmed') return;
    const { holdId: purchaseId, customerId, quantity, tickets = [] } = now;
    keepAttempt({
      key,
      concertId,
      customerId,
      quantity,
      receipt: { purchaseId, customerId, tickets },
      isOpen: false,
    });
    onBought();
  };

  useEffect(() => {
    if (wanted === null) return;
    const gone = new AbortController();
    let timer = 0;
    const look = async () => {
      const known = last.current;
      const headers = { 'Idempotency-Key': wanted.key };
      const reply =
        known === null
          ? await ask<Claim>(`/concerts/${concertId}/${wanted.path}`, {
              body: { customerId: wanted.customerId },
              headers,
              signal: gone.signal,
            })
          : await ask<Claim>(`/concerts/${concertId}/holds/${known.holdId}`, { signal: gone.signal });
      if (gone.signal.aborted) return;
      took(wanted, reply);
      timer = window.setTimeout(() => void look(), lookEveryMs);
    };
    void look();
    return () => {
      gone.abort();
      window.clearTimeout(timer);
    };
  }, [wanted]);

  return {
    claim,
    problem,
    isAsking: wanted !== null && claim === null,
    take(path: Path) {
      const made = { key: newKey(), path, customerId: subject() ?? customer() };
      localStorage.setItem(place(concertId), JSON.stringify(made));
      setProblem(null);
      setClaim(null);
      setWanted(made);
    },
    /** The next look finds out what has come of it. */
    async change(what: 'confirmation' | 'release' | 'leave') {
      if (claim === null || wanted === null) return;
      const at = (path: string) => `/concerts/${concertId}/${path}/${claim.holdId}`;
      const body = what === 'confirmation' ? { reference: wanted.key } : {};
      const reply =
        what === 'leave'
          ? await ask<unknown>(at('waiting-list'), { method: 'DELETE' })
          : await ask<unknown>(`${at('holds')}/${what}`, { body });
      if (reply.kind === 'problem') setProblem(reply.problem);
    },
  };
}
