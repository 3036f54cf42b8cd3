import { z } from 'zod';
import type { Purchase } from '../../domain/concert.js';
import type { PurchaseRefusal, PurchaseResult } from '../../domain/purchase.js';
import type { PurchaseRequest } from '../commands.js';
import type { RetryLater } from '../outcome.js';

/**
 * The messages of the arrival queue: entries and outcomes, as JSON between processes. An entry names the version of its shape,
 * so that a process of another version knows that it cannot read the entry.
 */
const entryShape = z.object({
  v: z.literal(1),
  customerId: z.string(),
  quantity: z.int().min(1),
  idempotencyKey: z.string(),
  arrivedAt: z.iso.datetime({ offset: true }),
  /** Absent in mode `queue`. A purchase that was only handed over (mode `batch`) is promised no place in the order of arrival. */
  unordered: z.literal(true).optional(),
});

export function writeEntry(request: PurchaseRequest, isOrdered: boolean): string {
  const { customerId, quantity, idempotencyKey, arrivedAt } = request;
  const entry = { v: 1, customerId, quantity, idempotencyKey, arrivedAt } as const;
  const written: z.infer<typeof entryShape> = isOrdered ? entry : { ...entry, unordered: true };
  return JSON.stringify(written);
}

/** Null when this version cannot read the entry. */
export function readEntry(
  concertId: string,
  entry: string,
): { readonly request: PurchaseRequest; readonly isOrdered: boolean } | null {
  const parsed = entryShape.safeParse(parseJson(entry));
  if (!parsed.success) return null;
  const { v: _, unordered, ...request } = parsed.data;
  return { request: { concertId, ...request }, isOrdered: unordered !== true };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The outcome of a queued purchase: accepted, refused, or retry later because the entry was lost. */
export type QueueOutcome = PurchaseResult | RetryLater;

/** Revisions are decimal text in JSON. */
type WrittenPurchase = Omit<Purchase, 'revision' | 'lastRevision'> & {
  readonly revision: string;
  readonly lastRevision: string;
};

type Written =
  | { kind: 'accepted'; purchase: WrittenPurchase }
  | { kind: 'replayed'; purchase: WrittenPurchase }
  | { kind: 'refused'; refusal: PurchaseRefusal }
  | RetryLater;

export const writeOutcome = (outcome: QueueOutcome): string =>
  JSON.stringify(outcome, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

export function readOutcome(text: string): QueueOutcome {
  const written = JSON.parse(text) as Written;
  if (written.kind !== 'accepted' && written.kind !== 'replayed') return written;
  const { kind, purchase } = written;
  const [revision, lastRevision] = [BigInt(purchase.revision), BigInt(purchase.lastRevision)];
  return { kind, purchase: { ...purchase, revision, lastRevision } };
}
