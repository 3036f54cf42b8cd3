import type { FakeProvider, Payment } from './fake-provider.js';
import type { Onsale } from './onsale.js';

/** What onsale's log says that a payment bought. */
export interface Bought {
  readonly holdId: string;
  readonly isCancelled: boolean;
}

export interface Books {
  readonly payments: readonly Readonly<Payment>[];
  /** By reference. */
  readonly bought: ReadonlyMap<string, readonly Bought[]>;
  readonly liveTickets: number;
}

/** Reads both books: the payments of the provider, and the log of onsale. */
export async function readBooks(onsale: Onsale, provider: FakeProvider, concertId: string): Promise<Books> {
  const confirmed: { readonly reference: string; readonly holdId: string }[] = [];
  const cancelled = new Set<unknown>();
  let liveTickets = 0;
  for await (const { type, data } of onsale.events(concertId)) {
    if (type === 'HoldConfirmed' || type === 'LateConfirmationAccepted') {
      confirmed.push({ reference: String(data.reference), holdId: String(data.holdId) });
    }
    if (type === 'TicketReserved') liveTickets++;
    if (type === 'PurchaseCancelled') {
      cancelled.add(data.purchaseId);
      liveTickets -= (data.ticketNumbers as readonly number[]).length;
    }
  }
  const bought = new Map<string, Bought[]>();
  for (const { reference, holdId } of confirmed) {
    const purchase = { holdId, isCancelled: cancelled.has(holdId) };
    bought.set(reference, [...(bought.get(reference) ?? []), purchase]);
  }
  for (;;) {
    const payments = await provider.list().catch(() => null);
    if (payments !== null) return { payments, bought, liveTickets };
  }
}

/** Every captured payment has exactly one ticket, every other one has none, and no payment is left open. */
export function whatIsWrong({ payments, bought, liveTickets }: Books): string[] {
  const wrong: string[] = [];
  let captured = 0;
  for (const { id, holdId, status } of payments) {
    const live = (bought.get(id) ?? []).filter(({ isCancelled }) => !isCancelled);
    if (status === 'captured') captured++;
    if (status === 'authorised') wrong.push(`payment ${id} was made and is not settled`);
    else if (live.length !== (status === 'captured' ? 1 : 0)) {
      wrong.push(`payment ${id} is ${status} and has ${live.length} tickets`);
    }
    if (live.some((purchase) => purchase.holdId !== holdId)) wrong.push(`payment ${id} bought another hold`);
  }
  const known = new Set(payments.map(({ id }) => id));
  for (const reference of bought.keys()) {
    if (!known.has(reference)) wrong.push(`a ticket was sold for ${reference}, which is no payment`);
  }
  if (captured !== liveTickets)
    wrong.push(`${captured} payments are captured, and ${liveTickets} tickets sold`);
  return wrong;
}
