import type { HistoryLine } from './history-lines.js';
import type { Subject } from './violations.js';

/** Lines of one slice at most: what shows a violation is a few of them. */
const mostLines = 24;

/** Collects the lines of a history that show a violation, in a second pass over it: `around` what the subject names. */
export class Slice {
  readonly #lines: string[] = [];
  readonly #keys: Set<string>;
  readonly #purchaseIds: Set<string>;
  readonly #revisions: Set<number>;
  readonly #customers = new Set<string>();
  readonly #tickets = new Set<number>();
  #left = 0;

  constructor(private readonly subject: Subject) {
    this.#keys = new Set(subject.keys);
    this.#purchaseIds = new Set(subject.purchaseIds);
    this.#revisions = new Set(subject.revisions);
  }

  /** The first pass: learns whose events are at the revisions that the subject names. */
  learn({ kind, line }: Exclude<HistoryLine, { kind: 'export' }>): void {
    if (kind !== 'event' || line.concertId !== this.subject.concertId) return;
    if (!this.#revisions.has(line.revision)) return;
    const { purchaseId, holdId, idempotencyKey, customerId, ticketNumber } = dataOf(line.data);
    if (holdId !== undefined) this.#purchaseIds.add(holdId);
    if (purchaseId !== undefined) this.#purchaseIds.add(purchaseId);
    if (idempotencyKey !== undefined) this.#keys.add(idempotencyKey);
    if (customerId !== undefined) this.#customers.add(customerId);
    if (ticketNumber !== undefined) this.#tickets.add(ticketNumber);
  }

  /** The second pass. */
  add(history: Exclude<HistoryLine, { kind: 'export' }>, text: string): void {
    if (!this.#concerns(history)) return;
    if (this.#lines.length < mostLines) this.#lines.push(text);
    else this.#left++;
  }

  get lines(): readonly string[] {
    return this.#left === 0 ? this.#lines : [...this.#lines, `… and ${this.#left} more`];
  }

  #concerns({ kind, line }: Exclude<HistoryLine, { kind: 'export' }>): boolean {
    if (!('concertId' in line) || line.concertId !== this.subject.concertId) return false;
    switch (kind) {
      case 'purchase':
      case 'hold':
        return this.#keys.has(line.key);
      case 'confirmation':
      case 'hold change':
        return this.#purchaseIds.has(line.holdId);
      case 'cancellation':
        return this.#purchaseIds.has(line.purchaseId);
      case 'stock':
        return this.#revisions.has(line.stock.revision);
      case 'event': {
        if (line.type === 'ConcertScheduled' || line.type === 'CapacityChanged') return true;
        const { purchaseId, holdId, customerId, ticketNumber } = dataOf(line.data);
        return (
          this.#revisions.has(line.revision) ||
          this.#revisions.has(line.revision + 1) ||
          (purchaseId !== undefined && this.#purchaseIds.has(purchaseId)) ||
          (holdId !== undefined && this.#purchaseIds.has(holdId)) ||
          (customerId !== undefined && this.#customers.has(customerId)) ||
          (ticketNumber !== undefined && this.#tickets.has(ticketNumber))
        );
      }
      default:
        return false;
    }
  }
}

interface Named {
  readonly purchaseId?: string;
  readonly holdId?: string;
  readonly idempotencyKey?: string;
  readonly customerId?: string;
  readonly ticketNumber?: number;
}

const dataOf = (data: unknown): Named => (typeof data === 'object' && data !== null ? data : {});
