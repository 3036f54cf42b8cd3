import { notApplicable } from '../../domain/audit/findings.js';
import type { RowsSeen, StockSeen } from './history-lines.js';
import type { SaleRecord } from './sale-record.js';
import { type JudgedFinding, notLookedAt, Violations } from './violations.js';

/** How long after the last fault the stock may be wrong, in ms. */
const healingMs = 5_000;

/** Checks what was seen of a concert's stock cache and of its rows in `tickets` against its log: I10, I11. */
export class ViewsCheck {
  readonly #stocks: StockSeen[] = [];
  #rows: RowsSeen | null = null;

  constructor(private readonly concertId: string) {}

  stock(seen: StockSeen): void {
    this.#stocks.push(seen);
  }

  /** The last rows seen count. */
  rows(seen: RowsSeen): void {
    if (this.#rows === null || seen.at >= this.#rows.at) this.#rows = seen;
  }

  /** @param healedAt null for a history without faults: then every stock seen must be right */
  findings(record: SaleRecord, healedAt: number | null): readonly JudgedFinding[] {
    return [this.#rowsRight(record), this.#stockRight(record, healedAt)];
  }

  #rowsRight(record: SaleRecord): JudgedFinding {
    if (this.#rows === null) return { ...notApplicable('I10', 'no rows in the history'), subject: null };
    if (this.#rows.revision !== record.revision)
      return notLookedAt(
        'I10',
        `rows at revision ${this.#rows.revision}, the log ends at ${record.revision}`,
      );
    const found = new Violations('I10');
    // In mode `unsafe` a number may be sold twice, so the purchase is part of the key.
    const expected = new Map<string, string>();
    for (const { purchaseId, customerId, tickets, cancelledAt } of record.purchases.values())
      for (const { number, seat } of tickets)
        expected.set(
          `${number} of ${purchaseId}`,
          [seat, customerId, cancelledAt === null ? 'live' : 'released'].join(),
        );
    for (const { number, seat, customerId, purchaseId, status } of this.#rows.tickets) {
      const ticket = `${number} of ${purchaseId}`;
      const row = [seat, customerId, status].join();
      const asLogged = expected.get(ticket);
      expected.delete(ticket);
      if (row !== asLogged)
        found.add(`ticket ${ticket}: the row has ${row}, the log ${asLogged}`, this.#about(purchaseId));
    }
    for (const ticket of expected.keys())
      found.add(`ticket ${ticket} has no row`, this.#about(ticket.split(' ').at(-1) ?? ''));
    return found.finding(`${this.#rows.tickets.length} rows of tickets`);
  }

  #stockRight(record: SaleRecord, healedAt: number | null): JudgedFinding {
    if (this.#stocks.length === 0)
      return { ...notApplicable('I11', 'no stock in the history'), subject: null };
    const found = new Violations('I11');
    const from = healedAt === null ? Number.NEGATIVE_INFINITY : healedAt + healingMs;
    const bound = this.#stocks.filter(({ at }) => at >= from);
    if (bound.length === 0) return notLookedAt('I11', `no stock was seen ${healingMs} ms after healing`);
    for (const { stock, at } of bound) {
      const left = record.leftAt(stock.revision);
      if (left === stock.remaining) continue;
      found.add(
        `at ${Math.round(at)} ms the cache has ${stock.remaining} left at revision ${stock.revision}, the log ${left}`,
        { concertId: this.concertId, revisions: [stock.revision] },
      );
    }
    const last = bound.reduce((a, b) => (b.at > a.at ? b : a));
    if (last.stock.revision !== record.revision)
      found.add(`the cache ends at revision ${last.stock.revision}, the log at ${record.revision}`, {
        concertId: this.concertId,
        revisions: [record.revision],
      });
    return found.finding(`${bound.length} looks at the stock`);
  }

  #about(purchaseId: string) {
    return { concertId: this.concertId, purchaseIds: [purchaseId] };
  }
}
