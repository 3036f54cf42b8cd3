import type { Receipt } from '../net/concert.js';

/** An attempt to buy. Its key is kept until its answer is known, so that asking again never buys twice. */
export interface Attempt {
  readonly key: string;
  readonly concertId: string;
  readonly customerId: string;
  readonly quantity: number;
  /** Known once it was sold. */
  readonly receipt: Receipt | null;
  readonly isOpen: boolean;
}

const place = (concertId: string) => `onsale.attempts.${concertId}`;
const most = 20;

/** Attempts at a concert from this browser, the newest first. */
export function attemptsAt(concertId: string): readonly Attempt[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(concertId)) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    // Not written by this page: nothing that could be asked for again.
    return [];
  }
}

/** The attempt of this customer whose answer is not known; one at a time, over all tabs. */
export const openAttempt = (concertId: string): Attempt | undefined =>
  attemptsAt(concertId).find(({ isOpen }) => isOpen);

export function keepAttempt(attempt: Attempt): void {
  const others = attemptsAt(attempt.concertId).filter(({ key }) => key !== attempt.key);
  localStorage.setItem(place(attempt.concertId), JSON.stringify([attempt, ...others].slice(0, most)));
}

/** Refused: nothing was bought with it, and nothing will be. */
export function dropAttempt({ concertId, key }: Attempt): void {
  const rest = attemptsAt(concertId).filter((one) => one.key !== key);
  localStorage.setItem(place(concertId), JSON.stringify(rest));
}

export function newKey(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  const text = [...bytes].map((byte) => letters[byte % letters.length]).join('');
  return text.replace(/(.{5})(?=.)/g, '$1-');
}

const customerPlace = 'onsale.customer';

export function customer(): string {
  const kept = localStorage.getItem(customerPlace);
  if (kept !== null && kept !== '') return kept;
  const made = `guest-${newKey().slice(0, 5)}`;
  keepCustomer(made);
  return made;
}

export const keepCustomer = (id: string): void => localStorage.setItem(customerPlace, id);
