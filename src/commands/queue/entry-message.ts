import { z } from 'zod';
import type { PurchaseRequest } from '../commands.js';
import type { RepeatableCall } from '../holds/hold-calls.js';
import { parseJson } from './parse-json.js';

/**
 * An entry of the arrival queue, as JSON between processes. It names the version of its shape, so that a process of another
 * version knows that it cannot read the entry.
 */
const entryShape = z.object({
  v: z.literal(1),
  customerId: z.string(),
  quantity: z.int().min(1),
  idempotencyKey: z.string(),
  arrivedAt: z.iso.datetime({ offset: true }),
  /** Absent in mode `queue`. A purchase that was only handed over (mode `batch`) is promised no place in the order of arrival. */
  unordered: z.literal(true).optional(),
  /** The span of the request, where it is traced. */
  trace: z.string().exactOptional(),
});

export function writeEntry(request: PurchaseRequest, isOrdered: boolean): string {
  const { customerId, quantity, idempotencyKey, arrivedAt, trace } = request;
  const traced = trace === undefined ? {} : { trace };
  const entry = { v: 1, customerId, quantity, idempotencyKey, arrivedAt, ...traced } as const;
  const written: z.infer<typeof entryShape> = isOrdered ? entry : { ...entry, unordered: true };
  return JSON.stringify(written);
}

/** A call about a hold. A version of its own: an owner that knows only purchases must not take it for one. */
const version = { v: z.literal(2), arrivedAt: z.iso.datetime({ offset: true }) };
const holdEntryShape = z.discriminatedUnion('call', [
  z.object({
    ...version,
    call: z.enum(['hold', 'join']),
    customerId: z.string(),
    quantity: z.int().min(1),
    idempotencyKey: z.string(),
  }),
  z.object({ ...version, call: z.literal('confirm'), holdId: z.string(), reference: z.string() }),
  z.object({ ...version, call: z.enum(['release', 'leave']), holdId: z.string() }),
]);

export function writeHoldEntry({ concertId: _, ...call }: RepeatableCall): string {
  const written: z.input<typeof holdEntryShape> = { v: 2, ...call };
  return JSON.stringify(written);
}

/** A purchase, with whether it is promised its place in the order of arrival, or a call about a hold. */
export type ReadEntry =
  | { readonly kind: 'purchase'; readonly request: PurchaseRequest; readonly isOrdered: boolean }
  | { readonly kind: 'hold'; readonly call: RepeatableCall };

/** Null when this version cannot read the entry. */
export function readEntry(concertId: string, entry: string): ReadEntry | null {
  const json = parseJson(entry);
  const purchase = entryShape.safeParse(json);
  if (purchase.success) {
    const { v: _, unordered, ...request } = purchase.data;
    return { kind: 'purchase', request: { concertId, ...request }, isOrdered: unordered !== true };
  }
  const hold = holdEntryShape.safeParse(json);
  if (!hold.success) return null;
  const { v: _, ...call } = hold.data;
  return { kind: 'hold', call: { concertId, ...call } };
}
