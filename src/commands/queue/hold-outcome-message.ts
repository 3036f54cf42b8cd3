import { z } from 'zod';
import type { Hold } from '../../domain/holds/hold.js';
import type { HoldCallResult } from '../holds/hold-calls.js';
import type { RetryLater } from '../outcome.js';
import { fromPurchaseMessage, purchaseShape, revisionShape, toPurchaseMessage } from './outcome-message.js';
import { parseJson } from './parse-json.js';

const count = z.int().min(0);
const time = z.iso.datetime({ offset: true });

const holdShape = z.object({
  holdId: z.string(),
  customerId: z.string(),
  idempotencyKey: z.string(),
  quantity: z.int().min(1),
  seats: z.array(z.string()).readonly(),
  reason: z.enum(['request', 'offer']),
  status: z.enum(['waiting', 'open', 'expired', 'released', 'left']),
  since: time,
  until: time,
  extensions: count,
  revision: revisionShape,
  lastRevision: revisionShape,
});

/** The reasons are those of the deciders, of the same version: an owner of another one does not read the entry. */
const refusalShape = z.looseObject({ reason: z.string() });

const outcomeShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['held', 'joined']), hold: holdShape }),
  z.object({ kind: z.enum(['ended', 'left']), hold: holdShape, replayed: z.boolean() }),
  z.object({ kind: z.literal('confirmed'), purchase: purchaseShape, late: z.boolean() }),
  z.object({ kind: z.literal('bought'), purchase: purchaseShape }),
  z.object({
    kind: z.literal('replayed'),
    hold: holdShape.exactOptional(),
    purchase: purchaseShape.exactOptional(),
  }),
  z.object({ kind: z.literal('refused'), refusal: refusalShape }),
  z.object({ kind: z.literal('busy'), retryAfterSeconds: count }),
  z.object({ kind: z.literal('unavailable'), problem: z.string(), retryAfterSeconds: count }),
]);

/** The outcome of a call about a hold as JSON between processes. */
export function writeHoldOutcome(outcome: HoldCallResult | RetryLater): string {
  return JSON.stringify({
    ...outcome,
    ...('hold' in outcome ? { hold: toMessage(outcome.hold) } : {}),
    ...('purchase' in outcome ? { purchase: toPurchaseMessage(outcome.purchase) } : {}),
  });
}

/** Null when the text is no outcome that this version can read. */
export function readHoldOutcome(text: string): HoldCallResult | RetryLater | null {
  const parsed = outcomeShape.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const outcome = parsed.data;
  const isWhole =
    outcome.kind !== 'replayed' || (outcome.hold === undefined) !== (outcome.purchase === undefined);
  if (!isWhole) return null;
  return {
    ...outcome,
    ...('hold' in outcome && outcome.hold !== undefined ? { hold: fromMessage(outcome.hold) } : {}),
    ...('purchase' in outcome && outcome.purchase !== undefined
      ? { purchase: fromPurchaseMessage(outcome.purchase) }
      : {}),
  } as HoldCallResult | RetryLater;
}

const toMessage = (hold: Hold) => ({
  ...hold,
  revision: String(hold.revision),
  lastRevision: String(hold.lastRevision),
});

const fromMessage = (hold: z.infer<typeof holdShape>): Hold => ({
  ...hold,
  revision: BigInt(hold.revision),
  lastRevision: BigInt(hold.lastRevision),
});
