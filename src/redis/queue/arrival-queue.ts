import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisServers } from '../connect.js';
import type { GuardedRedis } from '../guarded-redis.js';
import { callChannels, type QueueKeys, queueKeys, replyChannel } from './keys.js';
import { readToken } from './owners.js';
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
   * refused since. `late`: in the queue for longer than `entryLivesMs`. `overdue`: its own deadline has passed.
   */
  readonly stale: 'older' | 'late' | 'overdue' | null;
}

/** A purchase that joins the queue. */
export interface NewEntry {
  readonly purchaseId: string;
  /** Identifies its waiter within this process. */
  readonly token: string;
  readonly entry: string;
  /** How long it may wait for a decision, in ms; null: as long as any entry. */
  readonly withinMs: number | null;
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

export interface Joined {
  /** Whether a process owns the queue now. It will read these entries. */
  readonly owned: boolean;
  /** One for each entry, in order, until the queue was full. */
  readonly places: readonly { readonly id: string; readonly position: number }[];
}

/** The process that owns a concert. */
export interface ConcertOwner {
  /** Host, process id and some letters that tell it from an earlier process of the same number. */
  readonly process: string;
  /** Wall-clock time since which it owns the concert, by its own clock, in ms. */
  readonly since: number;
  /** Purchases in the concert's queue. */
  readonly waiting: number;
}

/** `waiting`: still the owner, and the queue has entries. */
export type Renewed = 'lost' | 'owned' | 'waiting';

export type QueueRead =
  | { readonly kind: 'entries'; readonly history: string; readonly arrivals: readonly Arrival[] }
  /** The queue was empty. The next `join` calls the owner. */
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
const renewalsPerCall = 500;

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
  readonly processId = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  readonly ownerLeaseMs = ownerLeaseMs;
  #claims = 0;

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
    this.#listen(replyChannel(this.servers.prefix, this.processId), (message) => {
      for (const [token, outcome] of JSON.parse(message) as [string, string][]) listener(token, outcome);
    });
  }

  /** Calls the listener with each concert that has something for this process to do, also after a reconnection. */
  onCall(listener: (concertId: string) => void): void {
    const own = `${callChannels(this.servers.prefix)}${this.processId}`;
    this.#listen(own, listener);
  }

  /**
   * Adds purchases to the queue, in this order, as far as there is room, and deletes the outcomes kept for earlier requests with
   * their keys.
   */
  async join(concertId: string, entries: readonly NewEntry[], limit: number): Promise<Joined> {
    const keys = this.#keys(concertId);
    const each = entries.flatMap(({ purchaseId, token, entry, withinMs }) => [
      ...[purchaseId, token, entry, withinMs ?? ''],
    ]);
    const [owner, ...found] = await this.#redis.onsaleQueueJoin(
      ...[keys.entries, keys.places, keys.concerts, keys.outcomes, keys.keptAt, keys.owner, keys.asleep],
      ...[limit, concertId, this.processId, keysLiveMs, this.#calls, ...each],
    );
    const places: { id: string; position: number }[] = [];
    for (let at = 0; at < found.length; at += 2) {
      places.push({ id: String(found[at]), position: Number(found[at + 1]) });
    }
    return { owned: owner !== '', places };
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

  /** A token to claim a concert with. It names this process and the time, for `owner`. */
  newToken(): string {
    return `${this.processId}|${Date.now()}|${++this.#claims}`;
  }

  /** True: the caller owns the queue until its lease ends or it releases the queue. Another claim renews the lease. */
  async claim(concertId: string, token: string): Promise<boolean> {
    const { owner, asleep } = this.#keys(concertId);
    return (await this.#redis.onsaleQueueClaim(owner, asleep, token, ownerLeaseMs)) === 1;
  }

  /** Renews the leases of all these queues, in one call for many. */
  async renew(claims: readonly (readonly [concertId: string, token: string])[]): Promise<readonly Renewed[]> {
    const renewed: Renewed[] = [];
    for (let at = 0; at < claims.length; at += renewalsPerCall) {
      const some = claims.slice(at, at + renewalsPerCall);
      const keys = some.flatMap(([concertId]) => {
        const { owner, entries, asleep } = this.#keys(concertId);
        return [owner, entries, asleep];
      });
      const tokens = some.map(([, token]) => token);
      const found = await this.#redis.onsaleQueueRenew(keys.length, ...keys, ownerLeaseMs, ...tokens);
      renewed.push(...found.map((state) => (state === 0 ? 'lost' : state === 1 ? 'owned' : 'waiting')));
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
    const args = [token, concertId, this.#calls, onlyIfEmpty ? 1 : 0];
    return (await this.#redis.onsaleQueueRelease(owner, entries, asleep, ...args)) === 1;
  }

  /** Null when no process owns the concert. */
  async owner(concertId: string): Promise<ConcertOwner | null> {
    const { owner, entries } = this.#keys(concertId);
    const [token, , waiting] = await this.#redis.onsaleQueueOwner(owner, entries);
    if (token === '') return null;
    return { ...readToken(token), waiting };
  }

  /** The first `count` entries in order, for the owner; renews its lease. */
  async read(concertId: string, token: string, count: number): Promise<QueueRead> {
    const { owner, entries, places, concerts, asleep } = this.#keys(concertId);
    const found = await this.#redis.onsaleQueueRead(
      ...[owner, entries, places, concerts, asleep],
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

  /** Of these concerts, the ones that no process owns. */
  async withoutOwner(concertIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (let at = 0; at < concertIds.length; at += lookUpsPerCall) {
      const some = concertIds.slice(at, at + lookUpsPerCall);
      const owners = await this.#redis.mget(some.map((concertId) => this.#keys(concertId).owner));
      found.push(...some.filter((_, i) => owners[i] === null));
    }
    return found;
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

  /** Subscribes on every new connection. Until that succeeds messages are lost, so waiters also query Redis. */
  #listen(channel: string, listener: (message: string) => void): void {
    this.#subscriber.on('message', (from: string, message: string) => {
      if (from === channel) listener(message);
    });
    const subscribe = () => void this.#subscriber.subscribe(channel).catch(() => {});
    this.#subscriber.on('usable', subscribe);
    if (this.#subscriber.usable) subscribe();
  }

  get #calls(): string {
    return callChannels(this.servers.prefix);
  }

  #keys(concertId: string): QueueKeys {
    return queueKeys(this.servers.prefix, concertId);
  }
}

function toArrival([id, state, purchaseId, replyTo, token, entry]: EntryReply): Arrival {
  const stale = state === 'older' || state === 'late' || state === 'overdue' ? state : null;
  return { id, stale, purchaseId, replyTo, token, entry };
}
