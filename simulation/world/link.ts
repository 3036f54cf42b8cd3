import type { Chance } from './chance.js';
import type { SimulatedProcess } from './process.js';
import type { Scheduler } from './scheduler.js';

/** A server refused the connection, or closed it. The call may have run. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * How a server is doing.
 * `silent`: it takes requests and does nothing, as a stopped process; it does them when it is up again. `away`: it refuses
 * connections, and requests on their way are lost.
 */
export type Condition = 'up' | 'silent' | 'away';

/** What links need of a server. */
export class ServerHealth {
  condition: Condition = 'up';
  /** The share of calls that run and whose answer is lost, with the connection still there. */
  lostAnswers = 0;
  #held: (() => void)[] = [];

  constructor(readonly name: string) {}

  /** Runs a request that has arrived, now or when the server is up again. */
  take(request: () => void): void {
    if (this.condition === 'up') request();
    else if (this.condition === 'silent') this.#held.push(request);
  }

  become(condition: Condition): void {
    this.condition = condition;
    const held = this.#held;
    this.#held = [];
    if (condition === 'up') for (const request of held) request();
    if (condition === 'silent') this.#held = held;
  }
}

/** The network between one process and one server. */
export class Link {
  #lastArrival = 0;
  #lastAnswer = 0;

  /** @param ordered whether requests and answers keep their order, as on one connection; otherwise they overtake each other */
  constructor(
    private readonly process: SimulatedProcess,
    private readonly server: ServerHealth,
    private readonly scheduler: Scheduler,
    private readonly chance: Chance,
    private readonly ordered: boolean,
  ) {}

  /**
   * Runs `execute` at the server, in one step, and resolves with what it returned. Never settles when the request or the answer is
   * lost. @throws {ConnectionLost} @throws what `execute` throws
   */
  call<T>(kind: string, execute: () => T): Promise<T> {
    const { process, server, scheduler } = this;
    const name = `${process.name} to ${server.name}: ${kind}`;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => {
        const delay = this.#delay(name, 'answer');
        if (this.chance.draw(`${name} lost`) >= server.lostAnswers) {
          scheduler.after(delay, () => process.reach(settle));
        }
      };
      const run = () => {
        try {
          const result = execute();
          answer(() => resolve(result));
        } catch (error) {
          answer(() => reject(error));
        }
      };
      scheduler.after(this.#delay(name, 'request'), () => {
        if (server.condition === 'away') {
          process.reach(() => reject(new ConnectionLost(`${server.name} refuses connections`)));
        } else {
          server.take(run);
        }
      });
    });
  }

  /** Mostly a few tenths of a millisecond to a few milliseconds, seldom so long that a caller gives up. */
  #delay(name: string, leg: 'request' | 'answer'): number {
    const draw = this.chance.draw(`${name} ${leg}`);
    const delay = draw < 0.01 ? 100 + draw * 40_000 : 0.1 + draw * draw * 5;
    if (!this.ordered) return delay;
    const { now } = this.scheduler;
    if (leg === 'request') {
      this.#lastArrival = Math.max(now + delay, this.#lastArrival);
      return this.#lastArrival - now;
    }
    this.#lastAnswer = Math.max(now + delay, this.#lastAnswer);
    return this.#lastAnswer - now;
  }
}
