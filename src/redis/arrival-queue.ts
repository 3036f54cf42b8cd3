import { randomUUID } from 'node:crypto';
import type { Result } from 'ioredis';
import type { RedisServers } from './connect.js';
import type { GuardedRedis } from './guarded-redis.js';

/** One purchase in line. `id` is its place: the stream's id, rising with arrival over all processes. */
export interface Arrival {
  readonly id: string;
  readonly entry: string;
}

/** What becomes of an arrival. */
export interface Answer {
  readonly id: string;
  readonly purchaseId: string;
  /** Process that waits for it, and the name it waits under. */
  readonly replyTo: string;
  readonly token: string;
  readonly outcome: string;
  /** Kept for those who ask later: an outcome that the log cannot tell. */
  readonly keep: boolean;
}

export type Joined =
  | { readonly kind: 'joined'; readonly id: string; readonly position: number }
  | { readonly kind: 'full' };

/** KEYS stream, ids, queues. ARGV limit, entry, purchaseId, concertId. Full: nil; else id and length. */
const join = `
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return nil end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[2])
redis.call('HSETNX', KEYS[2], ARGV[3], id)
redis.call('SADD', KEYS[3], ARGV[4])
return {id, redis.call('XLEN', KEYS[1])}
`;

/**
 * KEYS lock, stream, ids, queues. ARGV token, concertId, outcome prefix, seconds to keep, number of answers,
 * (id, purchaseId, kept outcome or '') each, then (channel, message) each. Nothing at all unless the lock is still ours.
 */
const answer = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local count = tonumber(ARGV[5])
local at = 6
for _ = 1, count do
  redis.call('XDEL', KEYS[2], ARGV[at])
  redis.call('HDEL', KEYS[3], ARGV[at + 1])
  if ARGV[at + 2] ~= '' then
    redis.call('SET', ARGV[3] .. ARGV[at + 1], ARGV[at + 2], 'EX', ARGV[4])
  end
  at = at + 3
end
for i = at, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end
if redis.call('XLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[4], ARGV[2]) end
return 1
`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsaleJoin(...keysAndValues: (string | number)[]): Result<[string, number] | null, Context>;
    onsaleAnswer(...keysAndValues: (string | number)[]): Result<number, Context>;
  }
}

/** How long the refusal of one who does not wait is kept for polling. */
const keepOutcomesSeconds = 600;

/**
 * A line per concert, in Redis: a stream, whose ids fix the order of arrival over all processes. It holds no truth. Lost,
 * the buyers in it settle by their keys against the log.
 *
 * Every call rejects when Redis does not answer.
 */
export class ArrivalQueue {
  readonly #redis: GuardedRedis;
  readonly #subscriber: GuardedRedis;

  /** Names this process among all that share the queues. */
  readonly processId = randomUUID();

  constructor(private readonly servers: RedisServers) {
    this.#redis = servers.primary;
    this.#redis.defineCommand('onsaleJoin', { lua: join, numberOfKeys: 3 });
    this.#redis.defineCommand('onsaleAnswer', { lua: answer, numberOfKeys: 4 });
    this.#subscriber = servers.subscriber;
  }

  /** False: nothing sent now would reach Redis, so a purchase cannot get in line unnoticed. */
  get reachable(): boolean {
    return this.#redis.usable;
  }

  /** Calls back with each answer for this process, by the token it waits under, also after a reconnection. */
  onReply(listener: (token: string, outcome: string) => void): void {
    const own = this.#channel(this.processId);
    this.#subscriber.on('message', (channel: string, message: string) => {
      if (channel !== own) return;
      for (const [token, outcome] of JSON.parse(message) as [string, string][]) listener(token, outcome);
    });
    // Subscribed anew on every connection; until it succeeds, those who wait find their outcomes by asking.
    const subscribe = () => void this.#subscriber.subscribe(own).catch(() => {});
    this.#subscriber.on('usable', subscribe);
    if (this.#subscriber.usable) subscribe();
  }

  async join(concertId: string, purchaseId: string, entry: string, limit: number): Promise<Joined> {
    const { stream, ids, queues } = this.#keys(concertId);
    const joined = await this.#redis.onsaleJoin(stream, ids, queues, limit, entry, purchaseId, concertId);
    return joined === null ? { kind: 'full' } : { kind: 'joined', id: joined[0], position: joined[1] };
  }

  /** The first `count` in line, in order. */
  async first(concertId: string, count: number): Promise<readonly Arrival[]> {
    const entries = await this.#redis.xrange(this.#keys(concertId).stream, '-', '+', 'COUNT', count);
    return entries.map(([id, fields]) => ({ id, entry: fields[1] ?? '' }));
  }

  /**
   * Takes the answered out of the line and tells those who wait, in one step, and only while `lockToken` still holds the
   * lock: a holder that was overtaken answers nobody. False then.
   */
  async answer(concertId: string, lockToken: string, answers: readonly Answer[]): Promise<boolean> {
    const { lock, stream, ids, queues, outcome } = this.#keys(concertId);
    const messages = new Map<string, [string, string][]>();
    const each: string[] = [];
    for (const item of answers) {
      each.push(item.id, item.purchaseId, item.keep ? item.outcome : '');
      const toProcess = messages.get(item.replyTo) ?? [];
      toProcess.push([item.token, item.outcome]);
      messages.set(item.replyTo, toProcess);
    }
    const replies = [...messages].flatMap(([process, all]) => [this.#channel(process), JSON.stringify(all)]);
    const keys = [lock, stream, ids, queues];
    const head = [lockToken, concertId, outcome, keepOutcomesSeconds, answers.length];
    return (await this.#redis.onsaleAnswer(...keys, ...head, ...each, ...replies)) === 1;
  }

  /** How many are in line up to and with this purchase; null when it is not in line. */
  async position(concertId: string, purchaseId: string): Promise<number | null> {
    const { stream, ids } = this.#keys(concertId);
    const id = await this.#redis.hget(ids, purchaseId);
    if (id === null) return null;
    return (await this.#redis.xrange(stream, '-', id)).length;
  }

  /** A kept outcome, null when there is none (any more). */
  outcome(concertId: string, purchaseId: string): Promise<string | null> {
    return this.#redis.get(this.#keys(concertId).outcome + purchaseId);
  }

  /** Concerts with somebody in line, whoever let them in. */
  concertsWaiting(): Promise<string[]> {
    return this.#redis.smembers(this.#keys('').queues);
  }

  #channel(processId: string): string {
    return `${this.servers.prefix}replies:${processId}`;
  }

  #keys(concertId: string) {
    const { prefix } = this.servers;
    return {
      lock: `${prefix}lock:${concertId}`,
      stream: `${prefix}queue:${concertId}`,
      ids: `${prefix}queue-ids:${concertId}`,
      queues: `${prefix}queues`,
      outcome: `${prefix}outcome:${concertId}:`,
    };
  }
}
