/** What is known of a purchase before one of its events; undefined if it was never made. */
export type PurchaseSoFar<Ticket> =
  | { readonly tickets: readonly Ticket[]; readonly status: 'live' | 'cancelled' }
  | undefined;

/**
 * The tickets of a purchase that are out. The fold of a concert and the ledger of the read models judge every event by them:
 * a sale adds one, a seat goes to one, and a cancellation releases them all, whatever the events themselves state. So a
 * cancellation of a purchase that was never made, or of one already cancelled, releases nothing.
 */
export const liveTickets = <Ticket>(purchase: PurchaseSoFar<Ticket>): readonly Ticket[] =>
  purchase === undefined || purchase.status === 'cancelled' ? [] : purchase.tickets;

/** The live ticket that a seat goes to: the one last sold under that number. */
export const seatedTicket = <Ticket extends { readonly number: number }>(
  purchase: PurchaseSoFar<Ticket>,
  number: number,
): Ticket | undefined => liveTickets(purchase).findLast((ticket) => ticket.number === number);
