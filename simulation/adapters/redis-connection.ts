import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import type { Link } from '../world/link.js';

const commandTimeoutMs = 250;
const holdOffMs = 750;

/**
 * One process's connection to Redis, with the circuit breaker of `src/redis/guarded-redis.ts`: a command without an answer in time
 * fails all that are in flight, and nothing more is sent until a probe is answered.
 */
export class RedisConnection {
  usable = true;
  #pending = new Set<(error: Error) => void>();

  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
  ) {}

  /** Rejects when Redis does not answer; the command may have run. */
  call<T>(kind: string, execute: () => T): Promise<T> {
    return this.usable ? this.#send(kind, execute) : Promise.reject(new Error('Redis is away'));
  }

  #send<T>(kind: string, execute: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(commandTimeoutMs, () =>
        this.#giveUp(`no answer within ${commandTimeoutMs} ms`),
      );
      const fail = (error: Error) => {
        cancel();
        reject(error);
      };
      this.#pending.add(fail);
      this.link.call(kind, execute).then(
        (result) => {
          cancel();
          if (this.#pending.delete(fail)) resolve(result);
        },
        (error: unknown) => this.#giveUp(messageOf(error)),
      );
    });
  }

  #giveUp(problem: string): void {
    const pending = this.#pending;
    this.#pending = new Set();
    for (const fail of pending) fail(new Error(`Redis is away: ${problem}`));
    if (!this.usable) return;
    this.usable = false;
    this.#probeLater();
  }

  #probeLater(): void {
    this.clock.after(holdOffMs, () => {
      this.#send('probe', () => null).then(
        () => {
          this.usable = true;
        },
        () => this.#probeLater(),
      );
    });
  }
}
