import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisServers } from '../connect.js';
import { callChannels } from './channels.js';
import { type QueueKeys, queueKeys } from './keys.js';
import type { ConcertOwner, Renewed, Succession } from './messages.js';
import { readToken } from './owners.js';
import { parts } from './parts.js';

/** The owner's lease, in ms. An owner that outlives its lease does no harm. */
export const ownerLeaseMs = 1_000;

/** The rest of a lease, in ms, that an owner which renews it three times a lease never comes down to, unless it stands still. */
const overdueMs = 400;

/** What the script of `renew` returns. */
const renewedStates: readonly Renewed[] = ['lost', 'owned', 'waiting', 'free'];

/** What the script of `succeed` returns. */
const successions: readonly Succession[] = ['owned', 'other', 'prepare', 'claim'];

/** Which process owns a concert's queue: a claim is a lease in the same Redis. Every call rejects when Redis does not answer. */
export class QueueClaims {
  /** Identifies this process among all that share the queues. */
  readonly processId = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  readonly ownerLeaseMs = ownerLeaseMs;
  readonly #servers: RedisServers;
  #claims = 0;

  /** The scripts of the queue must be defined on the primary. */
  constructor(servers: RedisServers) {
    this.#servers = servers;
  }

  /** A token to claim a concert with. It names this process and the time, for `owner`. */
  newToken(): string {
    return `${this.processId}|${Date.now()}|${++this.#claims}`;
  }

  /**
   * True: the caller owns the queue until its lease ends or it releases the queue. Another claim renews the lease.
   * @param again whether this token owned the queue before: it may then come before the process that is to be next
   */
  async claim(concertId: string, token: string, again = false): Promise<boolean> {
    const { owner, asleep, next } = this.#keys(concertId);
    const args = [token, ownerLeaseMs, again ? 1 : ''];
    return (await this.#servers.primary.onsaleQueueClaim(owner, asleep, next, ...args)) === 1;
  }

  /** Asks whether this process is to own the concert next. If so, no other process is, for as long as a lease from each call on. */
  async succeed(concertId: string): Promise<Succession> {
    const { owner, next } = this.#keys(concertId);
    const args = [this.processId, overdueMs, ownerLeaseMs];
    return successions[await this.#servers.primary.onsaleQueueSucceed(owner, next, ...args)] ?? 'other';
  }

  /** Renews the leases of all these queues, in one call for many. */
  async renew(claims: readonly (readonly [concertId: string, token: string])[]): Promise<readonly Renewed[]> {
    const renewed: Renewed[] = [];
    for (const some of parts(claims)) {
      const keys = some.flatMap(([concertId]) => {
        const { owner, entries, asleep } = this.#keys(concertId);
        return [owner, entries, asleep];
      });
      const tokens = some.map(([, token]) => token);
      const found = await this.#servers.primary.onsaleQueueRenew(
        keys.length,
        ...keys,
        ownerLeaseMs,
        ...tokens,
      );
      renewed.push(...found.map((state) => renewedStates[state] ?? 'lost'));
    }
    return renewed;
  }

  /** Gives up the ownership. Passes a queue with entries on: calls the process that waits for the first of them. */
  async release(concertId: string, token: string): Promise<void> {
    await this.#release(concertId, token, false);
  }

  /** As `release`, but keeps a queue that has entries. True: the caller does not own the queue any more. */
  releaseIfEmpty(concertId: string, token: string): Promise<boolean> {
    return this.#release(concertId, token, true);
  }

  async #release(concertId: string, token: string, onlyIfEmpty: boolean): Promise<boolean> {
    const { owner, entries, asleep } = this.#keys(concertId);
    const args = [token, concertId, callChannels(this.#servers.prefix), onlyIfEmpty ? 1 : 0];
    return (await this.#servers.primary.onsaleQueueRelease(owner, entries, asleep, ...args)) === 1;
  }

  /** Null when no process owns the concert. */
  async owner(concertId: string): Promise<ConcertOwner | null> {
    const { owner, entries } = this.#keys(concertId);
    const [token, waiting] = await this.#servers.primary.onsaleQueueOwner(owner, entries);
    const read = readToken(token);
    return read === null ? null : { ...read, waiting };
  }

  /** Of these concerts, the ones that no process owns. */
  async withoutOwner(concertIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const some of parts(concertIds)) {
      const owners = await this.#servers.primary.mget(some.map((concertId) => this.#keys(concertId).owner));
      found.push(...some.filter((_, i) => owners[i] === null));
    }
    return found;
  }

  #keys(concertId: string): QueueKeys {
    return queueKeys(this.#servers.prefix, concertId);
  }
}
