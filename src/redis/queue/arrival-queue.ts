import { randomUUID } from 'node:crypto';
import type { RedisServers } from '../connect.js';
import type { GuardedRedis } from '../guarded-redis.js';
import { queueKeys, replyChannel } from './keys.js';
import { defineQueueScripts, type EntryReply } from './scripts.js';

/** Who waits for the outcome of an entry: a process, and the token it waits under. */
export interface ReplyAddress {
  readonly replyTo: string;
  readonly token: string;
}

/** One purchase in line. */
export interface Arrival extends ReplyAddress {
  /** Its place: the stream's id, rising with arrival over all processes. */
  readonly id: string;
  readonly purchaseId: string;
  /** The request, as it was given to `join`. */
  readonly entry: string;
  /**
   * Why it must not be decided, null if it may be. `older`: written before Redis started or was promoted, so its buyer may have
   * been refused since. `late`: in line for longer than an entry lives.
   */
  readonly stale: 'older' | 'late' | null;
}

/** What becomes of an arrival. */
export interface Answer extends ReplyAddress {
  readonly id: string;
  readonly purchaseId: string;
  readonly outcome: string;
  /** Kept for those who ask later: an outcome that the log cannot tell. */
  readonly keep: boolean;
  /** Kept beside, for people to look into: what could not be read. */
  readonly setAside?: string;
}

export type Joined =
  | {
      readonly kind: 'joined';
      readonly id: string;
      readonly position: number;
      /** Whether some process drains the queue now. It will see this entry. */
      readonly owned: boolean;
    }
  | { readonly kind: 'full' };

export type QueueRead =
  | { readonly kind: 'entries'; readonly history: string; readonly arrivals: readonly Arrival[] }
  /** Nobody was in line; the queue has no owner any more. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-owner' };

/** Where a purchase stands as far as Redis knows. The log may know better: ask it afterwards. */
export type Standing =
  | { readonly kind: 'in-line'; readonly position: number }
  | { readonly kind: 'kept'; readonly outcome: string };

/** An entry is not decided later than this after its arrival, by the clock of Redis. Longer than any request waits. */
export const entryLivesMs = 600_000;
/** So that what is left of an abandoned queue is still found, and counted, before Redis forgets it. */
const keysLiveMs = 2 * entryLivesMs;
/** The stream of an empty queue stays for a while, since it knows the last id it gave. */
const emptyLivesMs = 60_000;
const keepOutcomesMs = 600_000;
const mostOutcomes = 10_000;
const mostSetAside = 1_000;
/** How long the owner of a queue keeps it without a sign of life. One that is overtaken harms nobody. */
const ownerLeaseMs = 1_000;
const lookUpsPerCall = 500;

/**
 * A queue per concert, in Redis: a stream, whose ids fix the order of arrival over all processes. It holds no truth: the
 * buyers in a queue that is lost settle by their keys against the log.
 *
 * One process at a time owns a queue and answers those in it: `claim`, then `read` and `answer`, which do nothing for anyone
 * else. All keys are bounded in size and expire. Every call rejects when Redis does not answer.
 */
export class ArrivalQueue {
  readonly #redis: GuardedRedis;
  readonly #subscriber: GuardedRedis;

  /** Names this process among all that share the queues. */
  readonly processId = randomUUID();

  constructor(private readonly servers: RedisServers) {
    this.#redis = servers.primary;
    this.#subscriber = servers.subscriber;
    defineQueueScripts(this.#redis);
  }

  /** False: nothing sent now would reach Redis, so a purchase cannot get in line unnoticed. */
  get reachable(): boolean {
    return this.#redis.usable;
  }

  /** Calls back with each reply to this process, by its token, also after a reconnection. A reply may be lost on the way. */
  onReply(listener: (token: string, outcome: string) => void): void {
    const own = replyChannel(this.servers.prefix, this.processId);
    this.#subscriber.on('message', (channel: string, message: string) => {
      if (channel !== own) return;
      for (const [token, outcome] of JSON.parse(message) as [string, string][]) listener(token, outcome);
    });
    // Subscribed anew on every connection; until it succeeds, those who wait find their outcomes by asking.
    const subscribe = () => void this.#subscriber.subscribe(own).catch(() => {});
    this.#subscriber.on('usable', subscribe);
    if (this.#subscriber.usable) subscribe();
  }

  /** Gets a purchase in line for this process, and forgets an outcome kept of an earlier request with its key. */
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
   * Takes this process's own entry out of line. True: it was there, and whoever decides on a state read from now on will not
   * see it. Without an id, for a `join` that had no answer, it is found by purchase and token.
   */
  async leave(concertId: string, purchaseId: string, token: string, id?: string): Promise<boolean> {
    const { entries, places, concerts } = this.#keys(concertId);
    const args = [concertId, purchaseId, id ?? '', this.processId, token];
    return (await this.#redis.onsaleQueueLeave(entries, places, concerts, ...args)) === 1;
  }

  /** True: the queue is the caller's until its lease ends or it is released. Claiming it again renews the lease. */
  async claim(concertId: string, token: string): Promise<boolean> {
    return (await this.#redis.onsaleQueueClaim(this.#keys(concertId).owner, token, ownerLeaseMs)) === 1;
  }

  /** Nothing if the queue is not the caller's. */
  async release(concertId: string, token: string): Promise<void> {
    await this.#redis.onsaleQueueRelease(this.#keys(concertId).owner, token);
  }

  /** The first `count` in line, in order, for the owner; renews its lease. */
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
   * Takes the answered out of line and tells those who wait, in one step. False, and nothing done, when the caller does not
   * own the queue any more.
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

  /** Null when Redis knows nothing of this purchase (any more). */
  async standing(concertId: string, purchaseId: string): Promise<Standing | null> {
    const { entries, places, outcomes, keptAt } = this.#keys(concertId);
    const keys = [entries, places, outcomes, keptAt];
    const found = await this.#redis.onsaleQueueStanding(...keys, purchaseId, keepOutcomesMs);
    if (typeof found === 'number') return { kind: 'in-line', position: found };
    return found === null ? null : { kind: 'kept', outcome: found };
  }

  /** Of these entries those that have left the line, each with the outcome that was kept, or null. */
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

  /** Concerts with somebody in line, whoever let them in. */
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
