import { randomUUID } from 'node:crypto';
import type { RedisServers } from '../connect.js';
import type { GuardedRedis } from '../guarded-redis.js';
import { queueKeys, replyChannel } from './keys.js';
import { defineQueueScripts, type EntryReply } from './scripts.js';

/** Where the outcome of an entry is sent: a process, and the token of its waiter. */
export interface ReplyAddress {
  readonly replyTo: string;
  readonly token: string;
}

/** One purchase in the queue. */
export interface Arrival extends ReplyAddress {
  /** Its id in the stream, which rises with arrival over all processes. */
  readonly id: string;
  readonly purchaseId: string;
  /** The request, as passed to `join`. */
  readonly entry: string;
  /**
   * Why it must not be decided; null if it may be. `older`: written before Redis started or was promoted, so it may have been
   * refused since. `late`: in the queue for longer than `entryLivesMs`.
   */
  readonly stale: 'older' | 'late' | null;
}

/** The answer to an arrival. */
export interface Answer extends ReplyAddress {
  readonly id: string;
  readonly purchaseId: string;
  readonly outcome: string;
  /** Whether the outcome is kept in Redis for later queries, because it is not in the log. */
  readonly keep: boolean;
  /** An unreadable entry, set aside for an operator to inspect. */
  readonly setAside?: string;
}

export type Joined =
  | {
      readonly kind: 'joined';
      readonly id: string;
      readonly position: number;
      /** Whether a process owns the queue now. It will read this entry. */
      readonly owned: boolean;
    }
  | { readonly kind: 'full' };

export type QueueRead =
  | { readonly kind: 'entries'; readonly history: string; readonly arrivals: readonly Arrival[] }
  /** The queue was empty; it no longer has an owner. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-owner' };

/** The standing of a purchase in Redis. The log takes precedence: read it afterwards. */
export type Standing =
  | { readonly kind: 'in-line'; readonly position: number }
  | { readonly kind: 'kept'; readonly outcome: string };

/** The age up to which an entry is decided, by the clock of Redis, in ms. Longer than any request waits. */
export const entryLivesMs = 600_000;
/** Expiry of the keys, in ms: entries of an abandoned queue are still found and counted before they expire. */
const keysLiveMs = 2 * entryLivesMs;
/** Expiry of an empty stream, in ms: it is kept for a while because it has the last id. */
const emptyLivesMs = 60_000;
const keepOutcomesMs = 600_000;
const mostOutcomes = 10_000;
const mostSetAside = 1_000;
/** The owner's lease, in ms. An owner that outlives its lease does no harm. */
const ownerLeaseMs = 1_000;
const lookUpsPerCall = 500;

/**
 * A queue per concert, in Redis: a stream whose ids fix the order of arrival over all processes. It is not a source of truth:
 * the purchases of a lost queue are answered from the log by their keys.
 *
 * One process at a time owns a queue and answers its entries: `claim`, then `read` and `answer`, which do nothing for other
 * processes. All keys are bounded in size and expire. Every call rejects when Redis does not answer.
 */
export class ArrivalQueue {
  readonly #redis: GuardedRedis;
  readonly #subscriber: GuardedRedis;

  /** Identifies this process among all that share the queues. */
  readonly processId = randomUUID();

  constructor(private readonly servers: RedisServers) {
    this.#redis = servers.primary;
    this.#subscriber = servers.subscriber;
    defineQueueScripts(this.#redis);
  }

  /** False: no command is sent to Redis now, so a purchase cannot enter the queue unnoticed. */
  get reachable(): boolean {
    return this.#redis.usable;
  }

  /** Calls the listener with each reply to this process, also after a reconnection. Replies may be lost. */
  onReply(listener: (token: string, outcome: string) => void): void {
    const own = replyChannel(this.servers.prefix, this.processId);
    this.#subscriber.on('message', (channel: string, message: string) => {
      if (channel !== own) return;
      for (const [token, outcome] of JSON.parse(message) as [string, string][]) listener(token, outcome);
    });
    // Subscribes on every new connection. Until that succeeds, waiters find their outcomes by look-ups.
    const subscribe = () => void this.#subscriber.subscribe(own).catch(() => {});
    this.#subscriber.on('usable', subscribe);
    if (this.#subscriber.usable) subscribe();
  }

  /** Adds a purchase to the queue, and deletes the outcome kept for an earlier request with its key. */
  async join(
    concertId: string,
    purchaseId: string,
    token: string,
    entry: string,
    limit: number,
  ): Promise<Joined> {
    const { entries, places, concerts, outcomes, keptAt, owner } = this.#keys(concertId);
    const joined = await this.#redis.onsaleQueueJoin(
      ...[entries, places, concerts, outcomes, keptAt, owner],
      ...[limit, concertId, purchaseId, this.processId, token, entry, keysLiveMs],
    );
    if (joined === null) return { kind: 'full' };
    const [id, position, owned] = joined;
    return { kind: 'joined', id, position, owned: owned === 1 };
  }

  /**
   * Removes this process's own entry from the queue. True: the entry was there, and a drainer that loads its state from now on
   * will not read it. Without an id (for a `join` that got no answer) the entry is found by purchase and token.
   */
  async leave(concertId: string, purchaseId: string, token: string, id?: string): Promise<boolean> {
    const { entries, places, concerts } = this.#keys(concertId);
    const args = [concertId, purchaseId, id ?? '', this.processId, token];
    return (await this.#redis.onsaleQueueLeave(entries, places, concerts, ...args)) === 1;
  }

  /** True: the caller owns the queue until its lease ends or it releases the queue. Another claim renews the lease. */
  async claim(concertId: string, token: string): Promise<boolean> {
    return (await this.#redis.onsaleQueueClaim(this.#keys(concertId).owner, token, ownerLeaseMs)) === 1;
  }

  /** Gives up the ownership. Does nothing if the caller does not own the queue. */
  async release(concertId: string, token: string): Promise<void> {
    await this.#redis.onsaleQueueRelease(this.#keys(concertId).owner, token);
  }

  /** The first `count` entries in order, for the owner; renews its lease. */
  async read(concertId: string, token: string, count: number): Promise<QueueRead> {
    const { owner, entries, places, concerts } = this.#keys(concertId);
    const found = await this.#redis.onsaleQueueRead(
      ...[owner, entries, places, concerts],
      ...[token, ownerLeaseMs, count, entryLivesMs, concertId, emptyLivesMs],
    );
    if (found === null) return { kind: 'not-owner' };
    const [history, ...arrivals] = found;
    return arrivals.length === 0
      ? { kind: 'empty' }
      : { kind: 'entries', history, arrivals: arrivals.map(toArrival) };
  }

  /**
   * Removes the answered entries and publishes the replies, in one atomic step. False, with nothing done, when the caller no
   * longer owns the queue.
   */
  async answer(concertId: string, ownerToken: string, answers: readonly Answer[]): Promise<boolean> {
    const { owner, entries, places, concerts, outcomes, keptAt, setAside } = this.#keys(concertId);
    const each = answers.flatMap((item) => [
      ...[item.id, item.purchaseId, item.keep ? item.outcome : '', item.setAside ?? ''],
    ]);
    const done = await this.#redis.onsaleQueueAnswer(
      ...[owner, entries, places, concerts, outcomes, keptAt, setAside],
      ...[ownerToken, concertId, keepOutcomesMs, mostOutcomes, mostSetAside, answers.length],
      ...each,
      ...this.#replies(answers),
    );
    return done === 1;
  }

  /** Null when Redis does not have this purchase. */
  async standing(concertId: string, purchaseId: string): Promise<Standing | null> {
    const { entries, places, outcomes, keptAt } = this.#keys(concertId);
    const keys = [entries, places, outcomes, keptAt];
    const found = await this.#redis.onsaleQueueStanding(...keys, purchaseId, keepOutcomesMs);
    if (typeof found === 'number') return { kind: 'in-line', position: found };
    return found === null ? null : { kind: 'kept', outcome: found };
  }

  /** Of these entries, the ones that are no longer in the queue, each with its kept outcome or null. */
  async leftLine<Entry extends { readonly id: string; readonly purchaseId: string }>(
    concertId: string,
    waiting: readonly Entry[],
  ): Promise<readonly { readonly entry: Entry; readonly kept: string | null }[]> {
    const { entries, outcomes, keptAt } = this.#keys(concertId);
    const left: { entry: Entry; kept: string | null }[] = [];
    for (let at = 0; at < waiting.length; at += lookUpsPerCall) {
      const some = waiting.slice(at, at + lookUpsPerCall);
      const args = some.flatMap(({ id, purchaseId }) => [id, purchaseId]);
      const found = await this.#redis.onsaleQueueLookUp(entries, outcomes, keptAt, keepOutcomesMs, ...args);
      for (const [i, entry] of some.entries()) {
        const kept = found[i];
        if (typeof kept === 'string') left.push({ entry, kept: kept === '' ? null : kept });
      }
    }
    return left;
  }

  /** Concerts with queued purchases, of any process. */
  concertsWaiting(): Promise<string[]> {
    return this.#redis.smembers(this.#keys('').concerts);
  }

  /** Channel and message for each process that waits for some of the answers. */
  #replies(answers: readonly Answer[]): string[] {
    const messages = new Map<string, [string, string][]>();
    for (const { replyTo, token, outcome } of answers) {
      const toProcess = messages.get(replyTo) ?? [];
      toProcess.push([token, outcome]);
      messages.set(replyTo, toProcess);
    }
    return [...messages].flatMap(([process, all]) => [
      replyChannel(this.servers.prefix, process),
      JSON.stringify(all),
    ]);
  }

  #keys(concertId: string) {
    return queueKeys(this.servers.prefix, concertId);
  }
}

function toArrival([id, state, purchaseId, replyTo, token, entry]: EntryReply): Arrival {
  const stale = state === 'older' || state === 'late' ? state : null;
  return { id, stale, purchaseId, replyTo, token, entry };
}
