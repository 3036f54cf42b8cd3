import { LRUCache } from 'lru-cache';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import { byClock, upTo } from '../state/lru-options.js';
import { ConcertOwner, type OwnerContext } from './concert-owner.js';
import { OwnerLease } from './lease.js';

/** How long a process that learned of another owner hands over without asking again, in ms. */
const knownMs = 500;
const mostKnown = 10_000;
/** How long a concert rests here after its owner ended with a problem, in ms. */
const restMs = 200;

/** The concerts that this process owns, and what it knows of other owners. */
export class Ownerships {
  readonly #owners = new Map<string, ConcertOwner>();
  readonly #claims = new Map<string, Promise<ConcertOwner | null>>();
  readonly #elsewhere: LRUCache<string, true>;
  readonly #resting: LRUCache<string, true>;
  readonly #ending = new AbortController();
  readonly #renewing: Promise<void>;
  #stopping = false;

  /** @param onProblem called when an owner ends because the log does not answer */
  constructor(
    private readonly context: OwnerContext,
    private readonly onProblem: (concertId: string, problem: string) => void,
  ) {
    const byTheClock = { ...upTo(mostKnown), ...byClock(context.clock) };
    this.#elsewhere = new LRUCache({ ...byTheClock, ttl: knownMs });
    this.#resting = new LRUCache({ ...byTheClock, ttl: restMs });
    this.#renewing = this.#renewAgainAndAgain();
    context.queue.onCall((concertId) => this.#called(concertId));
  }

  /** The number of concerts that this process owns. */
  get count(): number {
    return this.#owners.size;
  }

  /** The owner in this process, if it is here. */
  here(concertId: string): ConcertOwner | undefined {
    return this.#owners.get(concertId);
  }

  isKnownElsewhere(concertId: string): boolean {
    return this.#elsewhere.has(concertId);
  }

  /** Notes whether some process, this one or another, was seen to own the concert. */
  note(concertId: string, owned: boolean): void {
    if (owned) this.#elsewhere.set(concertId, true);
    else this.#elsewhere.delete(concertId);
  }

  /** Whether this process may become the owner now. */
  mayOwn(concertId: string): boolean {
    return !this.#stopping && !this.#resting.has(concertId);
  }

  /** Makes this process the owner; null when another one is, or is about to be. Rejects without Redis. */
  async own(concertId: string): Promise<ConcertOwner | null> {
    const here = this.#owners.get(concertId);
    if (here !== undefined) return here;
    if (!this.mayOwn(concertId)) return null;
    let claim = this.#claims.get(concertId);
    if (claim === undefined) {
      claim = this.#claim(concertId).finally(() => this.#claims.delete(concertId));
      this.#claims.set(concertId, claim);
    }
    return claim;
  }

  /** Passes all concerts on, each when no buyer of this process waits for it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(this.#claims.values());
    const owners = [...this.#owners.values()];
    for (const owner of owners) owner.stop();
    await Promise.all(owners.map(({ ended }) => ended));
    this.#ending.abort();
    await this.#renewing;
  }

  /** No buyer of this process waits for the concert any more: an owner that is to stop has nothing left to wait for. */
  withoutWaiters(concertId: string): void {
    if (this.#stopping) this.#owners.get(concertId)?.stop();
  }

  async #claim(concertId: string): Promise<ConcertOwner | null> {
    const lease = await OwnerLease.claim(this.context, concertId);
    this.note(concertId, lease === null);
    if (lease === null) return null;
    const owner = new ConcertOwner(this.context, lease, (problem) => {
      this.#owners.delete(concertId);
      this.context.observer.ownershipEnded(concertId);
      if (problem === null) return;
      this.#resting.set(concertId, true);
      this.onProblem(concertId, problem);
    });
    this.#owners.set(concertId, owner);
    this.context.observer.ownershipBegan(concertId);
    return owner;
  }

  #called(concertId: string): void {
    const here = this.#owners.get(concertId);
    if (here !== undefined) here.call();
    else this.own(concertId).catch((error: unknown) => this.#notUsed(concertId, error));
  }

  async #renewAgainAndAgain(): Promise<void> {
    const { clock, queue } = this.context;
    const { signal } = this.#ending;
    const third = () => pause(queue.ownerLeaseMs / 3, signal, clock);
    for (await third(); !signal.aborted; await third()) await this.#renew();
  }

  /**
   * Renews all claims and the locks that go with them: a claim and a lock for each of a thousand concerts cost a few calls. One that
   * could not be renewed, or had run out before, is claimed again by its owner when there is work: a process that had no CPU for a
   * second keeps the states of its concerts, unless another has taken them.
   */
  async #renew(): Promise<void> {
    const owners = [...this.#owners.values()];
    if (owners.length === 0 || !this.context.queue.reachable) return;
    const sentAt = this.context.clock.monotonic();
    try {
      const locks = owners.flatMap(({ heldLock }) => (heldLock === null ? [] : [heldLock]));
      const [renewed] = await Promise.all([
        this.context.queue.renew(owners.map(({ claim }) => claim)),
        this.context.lock.extend(locks),
      ]);
      for (const [i, owner] of owners.entries()) {
        if (renewed[i] === 'lost') owner.lose();
        else if (renewed[i] !== 'free') owner.renewed(sentAt);
        if (renewed[i] === 'waiting') owner.call();
      }
    } catch (error) {
      this.#notUsed('', error);
    }
  }

  #notUsed(concertId: string, error: unknown): void {
    this.context.observer.queueBypassed(concertId, messageOf(error));
  }
}
