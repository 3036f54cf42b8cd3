import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import type { Link } from '../world/link.js';

const commandTimeoutMs = 250;
const probeEveryMs = 1_000;
const holdOffMs = 750;
const reconnectMs = 50;
/** One for all: a stack costs more than the rest of a call that fails at once. */
const redisIsAway = new Error('Redis is away');

/**
 * One process's connection to Redis, with the circuit breaker of `src/redis/guarded-redis.ts`: a command without an answer in time
 * fails all that are in flight, and nothing more is sent until a probe is answered.
 */
export class RedisConnection {
  #usable = true;
  #connections = 0;
  #pending = new Set<(error: Error) => void>();
  readonly #usableListeners: (() => void)[] = [];
  #onceUsable: (() => void)[] = [];

  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
  ) {
    link.onCut(() => this.#giveUp('the connection was closed', reconnectMs));
    // The connection probes all the time; only a server that falls silent makes a difference.
    link.onSilence(() => clock.after(probeEveryMs * clock.random(), () => this.#probe()));
  }

  /** False: nothing is sent to Redis now. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Calls back each time Redis can be used again. */
  onUsable(listener: () => void): void {
    this.#usableListeners.push(listener);
  }

  /** Calls back the next time Redis can be used again; at once if it can. */
  onceUsable(listener: () => void): void {
    if (this.#usable) listener();
    else this.#onceUsable.push(listener);
  }

  /** Rejects when Redis does not answer; the command may have run. */
  call<T>(kind: string, execute: () => T): Promise<T> {
    return this.#usable ? this.#send(kind, execute) : Promise.reject(redisIsAway);
  }

  /** Takes what Redis publishes to this connection, unless it has been given up when it arrives. */
  deliver(kind: string, take: () => void): void {
    const connection = this.#connections;
    this.link.deliver(kind, () => {
      if (connection === this.#connections) take();
    });
  }

  #send<T>(kind: string, execute: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(commandTimeoutMs, () =>
        this.#giveUp(`no answer within ${commandTimeoutMs} ms`, holdOffMs),
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
        (error: unknown) => {
          if (this.#pending.has(fail)) this.#giveUp(messageOf(error), reconnectMs);
        },
      );
    });
  }

  #giveUp(problem: string, pauseMs: number): void {
    const pending = this.#pending;
    this.#pending = new Set();
    for (const fail of pending) fail(new Error(`Redis is away: ${problem}`));
    if (!this.#usable) return;
    this.#usable = false;
    this.#connections += 1;
    this.#probeLater(pauseMs);
  }

  #probeLater(pauseMs: number): void {
    this.clock.after(pauseMs, () => {
      this.#send('probe', () => null).then(
        () => {
          this.#usable = true;
          const once = this.#onceUsable;
          this.#onceUsable = [];
          for (const listener of [...once, ...this.#usableListeners]) listener();
        },
        () => this.#probeLater(holdOffMs),
      );
    });
  }

  #probe(): void {
    if (this.#usable) this.#send('probe', () => null).catch(() => {});
  }
}
