import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import { within } from '../../src/waiting/within.js';
import type { RedisServer } from '../world/redis-server.js';
import type { RedisConnection } from './redis-connection.js';

/** One of the servers that vote on a lock. */
export interface Voter {
  readonly server: RedisServer;
  readonly connection: RedisConnection;
}

/** `unreachable`: without a quorum of servers that answer. */
export type Vote =
  | { readonly kind: 'yes' | 'no' }
  | { readonly kind: 'unreachable'; readonly problem: string };

const forgetPatienceMs = 50;

/** Locks on one or more independent servers, as the library Redlock has them: more than half must agree. */
export class Quorum {
  readonly #size: number;

  constructor(
    private readonly voters: readonly Voter[],
    private readonly clock: Clock,
  ) {
    this.#size = Math.floor(voters.length / 2) + 1;
  }

  /** Takes what a minority granted back if there is no quorum. */
  async lock(concertId: string, token: string, leaseMs: number): Promise<Vote> {
    const vote = await this.#vote(
      'lock',
      (server) => server.lock(concertId, token, leaseMs),
      token,
      concertId,
    );
    if (vote.kind !== 'yes') {
      const undone = this.unlock(concertId, token).catch(() => {});
      await within<unknown>(forgetPatienceMs, undone, () => null, this.clock);
    }
    return vote;
  }

  extend(concertId: string, token: string, leaseMs: number): Promise<Vote> {
    return this.#vote('extend', (server) => server.extend(concertId, token, leaseMs));
  }

  unlock(concertId: string, token: string): Promise<Vote> {
    return this.#vote('unlock', (server) => server.unlock(concertId, token));
  }

  /** Decided as soon as the votes that are in decide it. */
  #vote(
    kind: string,
    ask: (server: RedisServer) => boolean,
    token?: string,
    concertId?: string,
  ): Promise<Vote> {
    let [yes, no] = [0, 0];
    const problems: string[] = [];
    return new Promise((resolve) => {
      const count = () => {
        if (yes >= this.#size) resolve({ kind: 'yes' });
        else if (no + problems.length >= this.#size || yes + no + problems.length === this.voters.length)
          resolve(this.#without(problems));
      };
      for (const { server, connection } of this.voters) {
        connection
          .call(kind, () => ask(server))
          .then(
            (isGranted) => {
              if (isGranted) yes += 1;
              else no += 1;
            },
            (error: unknown) => {
              problems.push(messageOf(error));
              if (token !== undefined && concertId !== undefined)
                this.#forgetLater({ server, connection }, concertId, token);
            },
          )
          .then(count);
      }
    });
  }

  #without(problems: readonly string[]): Vote {
    const [problem] = problems;
    const isUnreachable = problem !== undefined && this.voters.length - problems.length < this.#size;
    return isUnreachable ? { kind: 'unreachable', problem } : { kind: 'no' };
  }

  /** A server that did not answer may have granted the lock: it is released once the server can be used again. */
  #forgetLater({ server, connection }: Voter, concertId: string, token: string): void {
    connection.onceUsable(() => {
      connection.call('forget lock', () => server.unlock(concertId, token)).catch(() => {});
    });
  }
}
