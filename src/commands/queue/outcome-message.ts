import { z } from 'zod';
import type { Purchase } from '../../domain/concert.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import type { RetryLater } from '../outcome.js';
import { parseJson } from './parse-json.js';

/** The outcome of a queued purchase: accepted, refused, or retry later because the entry was lost. */
export type QueueOutcome = PurchaseResult | RetryLater;

const count = z.int().min(0);
/** Revisions are decimal text in JSON. */
export const revisionShape = z.string().regex(/^(0|[1-9]\d{0,18})$/);

export const purchaseShape = z.object({
  purchaseId: z.string(),
  customerId: z.string(),
  idempotencyKey: z.string(),
  tickets: z
    .array(z.object({ number: z.int().min(1), seat: z.string().nullable() }))
    .min(1)
    .readonly(),
  reference: z.string().exactOptional(),
  status: z.enum(['live', 'cancelled']),
  revision: revisionShape,
  lastRevision: revisionShape,
});

const refusalShape = z.discriminatedUnion('reason', [
  z.object({
    reason: z.enum(['unknown-concert', 'concert-cancelled', 'sales-closed', 'sold-out', 'key-reused']),
  }),
  z.object({ reason: z.literal('not-on-sale-yet'), salesOpenAt: z.iso.datetime({ offset: true }) }),
  z.object({ reason: z.literal('all-held'), held: count, retryAfterSeconds: count }),
  z.object({ reason: z.literal('not-enough-left'), remaining: count }),
  z.object({ reason: z.literal('limit-reached'), limit: count, held: count }),
]);

const outcomeShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['accepted', 'replayed']), purchase: purchaseShape }),
  z.object({ kind: z.literal('refused'), refusal: refusalShape }),
  z.object({ kind: z.literal('busy'), retryAfterSeconds: count }),
  z.object({ kind: z.literal('unavailable'), problem: z.string(), retryAfterSeconds: count }),
]);

/** An outcome as JSON between processes, and as it is kept in Redis. */
export function writeOutcome(outcome: QueueOutcome): string {
  const written: z.input<typeof outcomeShape> =
    'purchase' in outcome ? { kind: outcome.kind, purchase: toPurchaseMessage(outcome.purchase) } : outcome;
  return JSON.stringify(written);
}

/** Null when the text is no outcome that this version can read. */
export function readOutcome(text: string): QueueOutcome | null {
  const parsed = outcomeShape.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const outcome = parsed.data;
  if (!('purchase' in outcome)) return outcome;
  return { kind: outcome.kind, purchase: fromPurchaseMessage(outcome.purchase) };
}

export const fromPurchaseMessage = (purchase: z.infer<typeof purchaseShape>): Purchase => ({
  ...purchase,
  revision: BigInt(purchase.revision),
  lastRevision: BigInt(purchase.lastRevision),
});

export const toPurchaseMessage = (purchase: Purchase) => ({
  ...purchase,
  revision: String(purchase.revision),
  lastRevision: String(purchase.lastRevision),
});
