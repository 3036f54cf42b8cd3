import { z } from 'zod';

/**
 * A history as lines of JSON, in any order: what clients sent and were answered, the log as `onsale export` writes it, and what was
 * seen of stock and read models. docs/judge.md describes it.
 */

const revision = z.union([z.string().regex(/^\d{1,15}$/), z.int().nonnegative()]).transform(Number);
const time = z.number();
const text = z.string().min(1);

const accepted = z.object({
  kind: z.literal('accepted'),
  purchaseId: text,
  revision,
  tickets: z.array(z.object({ number: z.int(), seat: z.string().nullish() })),
});
const refused = z.object({
  kind: z.literal('refused'),
  reason: text,
  remaining: z.int().optional(),
  held: z.int().optional(),
});
/** Nothing was done, and the client was told so. */
const busy = z.object({ kind: z.literal('busy') });
/** Time-out, lost connection, 202 or 5xx: carried out once or not at all. */
const unknown = z.object({ kind: z.literal('unknown') });

const purchaseCall = z.object({
  call: z.literal('purchase'),
  concertId: text,
  key: text,
  customerId: text,
  quantity: z.int().positive(),
  sentAt: time,
  endedAt: time,
  answer: z.discriminatedUnion('kind', [accepted, refused, busy, unknown]),
});

const cancellationCall = z.object({
  call: z.literal('cancellation'),
  concertId: text,
  purchaseId: text,
  sentAt: time,
  endedAt: time,
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('cancelled'), revision }),
    refused,
    busy,
    unknown,
  ]),
});

const ofHold = { concertId: text, holdId: text, sentAt: time, endedAt: time };

/** A request for a hold, or for a place in the waiting list. */
const holdCall = z.object({
  call: z.literal('hold'),
  concertId: text,
  key: text,
  customerId: text,
  quantity: z.int().positive(),
  /** Whether the customer asked for a place in the waiting list. */
  waits: z.boolean(),
  sentAt: time,
  endedAt: time,
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('held'), holdId: text, revision }),
    refused,
    busy,
    unknown,
  ]),
});

const confirmationCall = z.object({
  call: z.literal('confirmation'),
  ...ofHold,
  reference: text,
  answer: z.discriminatedUnion('kind', [accepted, refused, busy, unknown]),
});

const holdChangeCall = z.object({
  call: z.enum(['extension', 'release', 'leave']),
  ...ofHold,
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('done'), revision }),
    refused,
    busy,
    unknown,
  ]),
});

/** The tickets left, as the stock cache said at a moment. */
const stock = z.object({ stock: z.object({ remaining: z.int(), revision }), concertId: text, at: time });
/** All rows of `tickets` of a concert, as the read model had them at a moment. */
const rows = z.object({
  tickets: z.array(
    z.object({
      number: z.int(),
      seat: z.string().nullable(),
      customerId: text,
      purchaseId: text,
      status: z.enum(['live', 'released']),
    }),
  ),
  concertId: text,
  revision,
  at: time,
});
/** From then on no fault was left. */
const healed = z.object({ healed: z.literal(true), at: time });
const event = z.object({ concertId: text, revision, type: text, data: z.unknown(), metadata: z.unknown() });
/** The first line; what else it has (a seed, a schedule) is printed with a violation. */
const header = z.looseObject({ onsale: z.literal('history'), version: z.literal(1), complete: z.boolean() });

export type PurchaseCall = z.infer<typeof purchaseCall>;
export type CancellationCall = z.infer<typeof cancellationCall>;
export type HoldCall = z.infer<typeof holdCall>;
export type ConfirmationCall = z.infer<typeof confirmationCall>;
export type HoldChangeCall = z.infer<typeof holdChangeCall>;
export type StockSeen = z.infer<typeof stock>;
export type RowsSeen = z.infer<typeof rows>;
export type EventLine = z.infer<typeof event>;
export type Header = z.infer<typeof header>;

export type HistoryLine =
  | { readonly kind: 'header'; readonly line: Header }
  | { readonly kind: 'purchase'; readonly line: PurchaseCall }
  | { readonly kind: 'cancellation'; readonly line: CancellationCall }
  | { readonly kind: 'hold'; readonly line: HoldCall }
  | { readonly kind: 'confirmation'; readonly line: ConfirmationCall }
  | { readonly kind: 'hold change'; readonly line: HoldChangeCall }
  | { readonly kind: 'event'; readonly line: EventLine }
  | { readonly kind: 'stock'; readonly line: StockSeen }
  | { readonly kind: 'rows'; readonly line: RowsSeen }
  | { readonly kind: 'healed'; readonly line: z.infer<typeof healed> }
  /** First line, pages and end of an exported log. */
  | { readonly kind: 'export' };

/** The text is not a line of a history. */
export class NotAHistoryLine extends Error {
  override readonly name = 'NotAHistoryLine';
}

/** @throws {NotAHistoryLine} */
export function parseHistoryLine(text: string): HistoryLine {
  const parsed = parseObject(text);
  if ('call' in parsed) return callOf(parsed);
  if ('type' in parsed) return { kind: 'event', line: checked(event, { metadata: undefined, ...parsed }) };
  if (parsed.onsale === 'log' || 'sha256' in parsed) return { kind: 'export' };
  if (parsed.onsale === 'history')
    return { kind: 'header', line: checked(header, { complete: false, ...parsed }) };
  if ('stock' in parsed) return { kind: 'stock', line: checked(stock, parsed) };
  if ('tickets' in parsed) return { kind: 'rows', line: checked(rows, parsed) };
  if ('healed' in parsed) return { kind: 'healed', line: checked(healed, parsed) };
  throw new NotAHistoryLine('it is no call, event, stock, tickets or healed line');
}

function callOf(parsed: Readonly<Record<string, unknown>>): HistoryLine {
  switch (parsed.call) {
    case 'cancellation':
      return { kind: 'cancellation', line: checked(cancellationCall, parsed) };
    case 'hold':
      return { kind: 'hold', line: checked(holdCall, parsed) };
    case 'confirmation':
      return { kind: 'confirmation', line: checked(confirmationCall, parsed) };
    case 'extension':
    case 'release':
    case 'leave':
      return { kind: 'hold change', line: checked(holdChangeCall, parsed) };
    default:
      return { kind: 'purchase', line: checked(purchaseCall, parsed) };
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch (error) {
    throw new NotAHistoryLine('it is not JSON', { cause: error });
  }
  throw new NotAHistoryLine('it is no JSON object');
}

function checked<Output>(schema: z.ZodType<Output>, parsed: unknown): Output {
  const { success, data, error } = schema.safeParse(parsed);
  if (success) return data;
  const [issue] = error.issues;
  throw new NotAHistoryLine(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not fit'}`);
}
