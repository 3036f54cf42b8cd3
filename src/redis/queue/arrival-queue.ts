import type { RedisServers } from '../connect.js';
import type { GuardedRedis } from '../guarded-redis.js';
import { callChannels, onCall, onReply, replyMessages } from './channels.js';
import { ownerLeaseMs, QueueClaims } from './claims.js';
import { type QueueKeys, queueKeys } from './keys.js';
import type { Answer, Arrival, Joined, NewEntry, QueueRead, Standing } from './messages.js';
import { parts } from './parts.js';
import { defineQueueScripts, type EntryReply } from './scripts/define.js';

/** The age up to which an entry is decided, by the clock of Redis, in ms. Longer than any request waits. */
export const entryLivesMs = 600_000;
/** Expiry of the keys, in ms: entries of an abandoned queue are still found and counted before they expire. */
const keysLiveMs = 2 * entryLivesMs;
/** Expiry of an empty stream, in ms: it is kept for a while because it has the last id. */
const emptyLivesMs = 60_000;
const keepOutcomesMs = 600_000;
const mostOutcomes = 10_000;
const mostSetAside = 1_000;
/**
 * A queue per concert, in Redis: a stream whose ids fix the order of arrival over all processes. It is not a source of truth:
 * the purchases of a lost queue are answered from the log by their keys.
 *
 * One process at a time owns a queue and answers its entries: `claim`, then `read` and `answer`, which do nothing for other
 * processes. All keys are bounded in size and expire. Every call rejects when Redis does not answer.
 */
export class ArrivalQueue extends QueueClaims {
  readonly #redis: GuardedRedis;

  constructor(private readonly servers: RedisServers) {
    super(servers);
    this.#redis = servers.primary;
    defineQueueScripts(this.#redis);
  }

  /** False: no command is sent to Redis now, so a purchase cannot enter the queue unnoticed. */
  get reachable(): boolean {
    return this.#redis.usable;
  }

  /** Calls the listener with each reply to this process, also after a reconnection. Replies may be lost. */
  onReply(listener: (token: string, outcome: string) => void): void {
    onReply(this.servers, this.processId, listener);
  }

  /** Calls the listener with each concert that has something for this process to do, also after a reconnection. */
  onCall(listener: (concertId: string) => void): void {
    onCall(this.servers, this.processId, listener);
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
      ...[limit, concertId, this.processId, keysLiveMs, callChannels(this.servers.prefix), ...each],
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
      ...replyMessages(this.servers.prefix, answers),
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
    for (const some of parts(waiting)) {
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

  #keys(concertId: string): QueueKeys {
    return queueKeys(this.servers.prefix, concertId);
  }
}

function toArrival([id, state, purchaseId, replyTo, token, entry]: EntryReply): Arrival {
  const stale = state === 'older' || state === 'late' || state === 'overdue' ? state : null;
  return { id, stale, purchaseId, replyTo, token, entry };
}
