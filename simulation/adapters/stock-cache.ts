import type { Stock, StockCache } from '../../src/commands/ports.js';
import type { RedisServer } from '../world/redis-server.js';
import type { RedisConnection } from './redis-connection.js';

export class SimulatedStockCache implements StockCache {
  constructor(
    private readonly server: RedisServer,
    private readonly connection: RedisConnection,
  ) {}

  get(concertId: string): Promise<Stock | null> {
    return this.connection.call('get stock', () => this.server.stockOf(concertId));
  }

  put(stocks: ReadonlyMap<string, Stock>): Promise<void> {
    return this.connection.call('put stock', () => this.server.putStock(stocks));
  }

  forget(concertIds: readonly string[]): Promise<void> {
    return this.connection.call('forget stock', () => this.server.forgetStock(concertIds));
  }

  /** As `src/redis/stock-cache.ts`: call by call. */
  forgetAll(): Promise<void> {
    return this.connection.call('forget stock', () => this.server.forgetAllStock());
  }

  async *concertIds(): AsyncGenerator<string> {
    yield* await this.connection.call('scan stock', () => this.server.concertsWithStock());
  }

  async startOver(logId: string): Promise<void> {
    const before = await this.connection.call('stock log', () => this.server.stockLog);
    if (before === logId) return;
    if (before !== null) await this.forgetAll();
    await this.connection.call('set stock log', () => {
      this.server.stockLog = logId;
    });
  }

  /** There is one installation. */
  async claim(_logId: string): Promise<null> {
    return this.connection.call('claim', () => null);
  }
}
