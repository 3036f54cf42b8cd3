/**
 * How a server is doing.
 * `silent`: it takes requests and does nothing, as a stopped process; it does them when it is up again. `away`: it refuses
 * connections, and requests on their way are lost.
 */
export type Condition = 'up' | 'silent' | 'away';

/** The shares of published messages that meet with something on their way. */
export interface MessageTrouble {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
}

export const noTrouble: MessageTrouble = { lost: 0, doubled: 0, late: 0 };

/** What links need of a server. */
export class ServerHealth {
  condition: Condition = 'up';
  /** The share of calls that run and whose answer is lost, with the connection still there. */
  lostAnswers = 0;
  messages: MessageTrouble = noTrouble;
  #connections = 0;
  #held: (() => void)[] = [];
  readonly #cutListeners: (() => void)[] = [];
  readonly #silenceListeners: (() => void)[] = [];

  constructor(readonly name: string) {}

  /** Changes when all connections are cut: what was on its way over an earlier one is lost. */
  get connections(): number {
    return this.#connections;
  }

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
    if (condition === 'silent') {
      this.#held = held;
      for (const listener of this.#silenceListeners) listener();
    }
    if (condition === 'away') this.cut();
  }

  /** Closes all connections, as a restart does. */
  cut(): void {
    this.#connections += 1;
    this.#held = [];
    for (const listener of this.#cutListeners) listener();
  }

  onCut(listener: () => void): void {
    this.#cutListeners.push(listener);
  }

  onSilence(listener: () => void): void {
    this.#silenceListeners.push(listener);
  }
}
