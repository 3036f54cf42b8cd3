import { messageOf } from '../../waiting/message-of.js';
import type { CommandObserver } from '../observer.js';
import type { Stock, StockCache } from '../ports.js';

/**
 * Writes stocks to Redis after appends: one call at a time, with the newest stock of every concert that has changed meanwhile.
 * So a silent Redis is sent one call, and many concerts share one.
 */
export class StockWriter {
  #waiting = new Map<string, Stock>();
  #isWriting = false;

  constructor(
    private readonly stock: StockCache,
    private readonly observer: CommandObserver,
  ) {}

  /** Sent at once, or as soon as the call before has its answer. Never rejects: the projection writes it later. */
  put(concertId: string, stock: Stock): void {
    this.#waiting.set(concertId, stock);
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.size > 0) {
      const stocks = this.#waiting;
      this.#waiting = new Map();
      try {
        await this.stock.put(stocks);
      } catch (error) {
        this.observer.stockWriteFailed(messageOf(error));
      }
    }
    this.#isWriting = false;
  }
}
