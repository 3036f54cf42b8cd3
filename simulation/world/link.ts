import type { Chance, Draws } from './chance.js';
import type { SimulatedProcess } from './process.js';
import type { Scheduler } from './scheduler.js';
import type { ServerHealth } from './server-health.js';

/** A server refused the connection, or closed it. The call may have run. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The latest messages come so many ms late. */
const latestMs = 3_000;

/** What calls of one kind meet with. */
interface Fate {
  readonly request: Draws;
  readonly answer: Draws;
  readonly lost: Draws;
}

/** The network between one process and one server. */
export class Link {
  #lastArrival = 0;
  #lastAnswer = 0;
  readonly #fates = new Map<string, Fate>();

  /**
   * @param path between the process and the server, in both directions
   * @param ordered whether requests and answers keep their order, as on one connection; otherwise they overtake each other
   * @param slowShare the share of requests and answers that take 100 to 500 ms
   */
  constructor(
    private readonly process: SimulatedProcess,
    readonly server: ServerHealth,
    private readonly path: ServerHealth,
    private readonly scheduler: Scheduler,
    private readonly chance: Chance,
    private readonly ordered: boolean,
    private readonly slowShare: number,
  ) {}

  /**
   * Runs `execute` at the server, in one step, and resolves with what it returned. Never settles when the request or the answer is
   * lost without a sign. @throws {ConnectionLost} @throws what `execute` throws
   */
  call<T>(kind: string, execute: () => T): Promise<T> {
    const { process, server, path, scheduler } = this;
    const fate = this.#fateOf(kind);
    const isCut = this.#cutFromNow();
    return new Promise((resolve, reject) => {
      const lose = () =>
        process.reach(() => reject(new ConnectionLost(`${server.name} closed the connection`)));
      const answer = (settle: () => void) => {
        const delay = this.#delay(fate.answer, 'answer');
        if (fate.lost() >= server.lostAnswers) {
          scheduler.after(delay, () => {
            if (isCut()) lose();
            else path.take(() => process.reach(settle));
          });
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
      scheduler.after(this.#delay(fate.request, 'request'), () => {
        if (this.#isAway || isCut()) lose();
        else path.take(() => server.take(run));
      });
    });
  }

  #fateOf(kind: string): Fate {
    const known = this.#fates.get(kind);
    if (known !== undefined) return known;
    const name = `${this.process.name} to ${this.server.name}: ${kind}`;
    const draws = (about: string) => this.chance.draws(`${name} ${about}`);
    const fate = { request: draws('request'), answer: draws('answer'), lost: draws('lost') };
    this.#fates.set(kind, fate);
    return fate;
  }

  /** Brings a message of the server to the process, unless the connection is cut before; it may be lost, late or doubled. */
  deliver(kind: string, take: () => void): void {
    const { process, server, path, scheduler, chance } = this;
    const name = `${server.name} to ${process.name}: ${kind}`;
    const isCut = this.#cutFromNow();
    const arrive = () => {
      if (!isCut()) path.take(() => process.reach(take));
    };
    const { lost, doubled, late } = server.messages;
    if (chance.draw(`${name} lost`) < lost) return;
    if (chance.draw(`${name} doubled`) < doubled)
      scheduler.after(latestMs * chance.draw(`${name} second`), arrive);
    const delay = this.#delay(chance.draws(`${name} answer`), 'answer');
    const isLate = chance.draw(`${name} late`) < late;
    scheduler.after(isLate ? delay + latestMs * chance.draw(`${name} lateness`) : delay, arrive);
  }

  /** Calls back soon after each time the connections of this link have been cut. */
  onCut(lost: () => void): void {
    const tell = () => {
      const name = `${this.server.name} leaves ${this.process.name} answer`;
      const delay = this.#delay(this.chance.draws(name), 'answer');
      this.scheduler.after(delay, () => this.process.reach(lost));
    };
    this.server.onCut(tell);
    this.path.onCut(tell);
  }

  /** Calls back each time the server falls silent, or the path to it. */
  onSilence(listener: () => void): void {
    this.server.onSilence(listener);
    this.path.onSilence(listener);
  }

  get #isAway(): boolean {
    return this.server.condition === 'away' || this.path.condition === 'away';
  }

  /** Tells whether the connection of now has been cut since. */
  #cutFromNow(): () => boolean {
    const { server, path } = this;
    const before = server.connections + path.connections;
    return () => server.connections + path.connections !== before;
  }

  /** Mostly a few tenths of a millisecond to a few milliseconds, seldom so long that a caller gives up. */
  #delay(draws: Draws, leg: 'request' | 'answer'): number {
    const draw = draws();
    const delay = draw < this.slowShare ? 100 + (draw / this.slowShare) * 400 : 0.1 + draw * draw * 5;
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
