import { z } from 'zod';
import type { PurchaseRequest } from '../commands.js';
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
