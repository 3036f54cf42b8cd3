import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ArrivalQueue } from '../../src/redis/queue/arrival-queue.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import type { Answer } from '../../src/redis/queue/messages.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';

const servers = connectRedis({
  urls: testServers().redisUrl.split(','),
  namespace: uniqueNamespace(),
  commandTimeoutMs: 5_000,
  onError: () => {},
});
afterAll(() => disconnectRedis(servers));

const limit = 6;

/** One purchase joins alone. */
async function joinAlone(
  queue: ArrivalQueue,
  concertId: string,
  purchaseId: string,
  token: string,
  limit: number,
) {
  const { places } = await queue.join(
    concertId,
    [{ purchaseId, token, entry: 'request', withinMs: null }],
    limit,
  );
  return places[0];
}
type Drainer = 'ann' | 'bob';

/** What a queue is: a list, and who may answer. */
interface Model {
  readonly line: { readonly id: string; readonly purchaseId: string; readonly token: string }[];
  readonly gone: { readonly id: string; readonly purchaseId: string }[];
  readonly kept: Map<string, string>;
  left: number;
  lastId: string;
}

interface Real {
  readonly queue: ArrivalQueue;
  readonly concertId: string;
}

type Step = fc.AsyncCommand<Model, Real>;

class Join implements Step {
  constructor(readonly purchaseId: string) {}
  check = () => true;
  async run(model: Model, { queue, concertId }: Real) {
    const token = randomUUID();
    const joined = await joinAlone(queue, concertId, this.purchaseId, token, limit);
    if (model.line.length === limit) {
      expect(joined).toBeUndefined();
      return;
    }
    if (joined === undefined) throw new Error('full before its limit');
    expect(compareIds(joined.id, model.lastId)).toBeGreaterThan(0);
    model.lastId = joined.id;
    model.kept.delete(this.purchaseId);
    model.line.push({ id: joined.id, purchaseId: this.purchaseId, token });
    expectPlace(model, model.line.length - 1, joined.position);
  }
  toString = () => `join(${this.purchaseId})`;
}

class Leave implements Step {
  constructor(
    readonly at: number,
    readonly knowsId: boolean,
  ) {}
  check = ({ line }: Readonly<Model>) => line.length > 0;
  async run(model: Model, { queue, concertId }: Real) {
    const at = this.at % model.line.length;
    const entry = model.line[at];
    if (entry === undefined) throw new Error('nobody there');
    const { id, purchaseId, token } = entry;
    const left = await queue.leave(concertId, purchaseId, token, this.knowsId ? id : undefined);
    // Without its id an entry is found only where it is the purchase's first.
    if (!left && !this.knowsId && model.line.findIndex((other) => other.purchaseId === purchaseId) < at)
      return;
    if (!left && !this.knowsId && model.gone.some((other) => other.purchaseId === purchaseId)) return;
    expect(left).toBe(true);
    expect(await queue.leave(concertId, purchaseId, token, id)).toBe(false);
    model.gone.push(...model.line.splice(at, 1));
    model.left += 1;
  }
  toString = () => `leave(${this.at}, ${this.knowsId ? 'id' : 'no id'})`;
}

/** Claims the queue, which fails while the other has it; then reads and answers the first few in line. */
class Drain implements Step {
  constructor(
    readonly who: Drainer,
    readonly count: number,
    readonly refuses: boolean,
    readonly releases: boolean,
  ) {}
  check = () => true;
  async run(model: Model, { queue, concertId }: Real) {
    // A lease may run out on a busy machine, so the outcome of the claim is not foretold, but all that follows from it.
    if (!(await queue.claim(concertId, this.who))) {
      expect(await queue.read(concertId, this.who, this.count)).toEqual({ kind: 'not-owner' });
      expect(await queue.answer(concertId, this.who, this.#answers(model))).toBe(false);
      return;
    }
    const read = await queue.read(concertId, this.who, this.count);
    if (read.kind === 'not-owner') return;
    const first = model.line.slice(0, this.count);
    expect(read.kind === 'empty' ? [] : read.arrivals.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    if (read.kind === 'entries') expect(read.arrivals.every(({ stale }) => stale === null)).toBe(true);
    if (read.kind === 'entries' && (await queue.answer(concertId, this.who, this.#answers(model)))) {
      model.gone.push(...model.line.splice(0, this.count));
      for (const { purchaseId } of first) {
        if (this.refuses) model.kept.set(purchaseId, 'refused');
        else model.kept.delete(purchaseId);
      }
    }
    if (this.releases) await queue.release(concertId, this.who);
  }
  #answers = ({ line }: Model): readonly Answer[] =>
    line.slice(0, this.count).map(({ id, purchaseId, token }) => ({
      ...{ id, purchaseId, token, replyTo: 'nobody' },
      ...{ outcome: 'refused', keep: this.refuses },
    }));
  toString = () => `drain(${this.who}, ${this.count}, ${this.refuses ? 'refused' : 'sold'})`;
}

/** Redis loses the stream alone: what hangs on it counts for nothing then. */
class Lose implements Step {
  check = () => true;
  async run(model: Model, { concertId }: Real) {
    await servers.primary.del(queueKeys(servers.prefix, concertId).entries);
    // A new stream may give ids of the same millisecond again.
    const millisecond = async () => (await servers.primary.time()).map(Number).map(toMilliseconds).join();
    for (const before = await millisecond(); (await millisecond()) === before; );
    model.gone.push(...model.line.splice(0));
  }
  toString = () => 'lose';
}

const toMilliseconds = (part: number, i: number) => (i === 0 ? part : Math.floor(part / 1000));

class Look implements Step {
  constructor(readonly purchaseId: string) {}
  check = () => true;
  async run(model: Model, { queue, concertId }: Real) {
    const standing = await queue.standing(concertId, this.purchaseId);
    const kept = model.kept.get(this.purchaseId);
    const at = model.line.findIndex(({ purchaseId }) => purchaseId === this.purchaseId);
    if (standing?.kind === 'in-line') {
      expectPlace(model, at, standing.position);
    } else if (standing === null) {
      expect(kept).toBeUndefined();
      // A purchase that asked twice and whose first entry is gone has no place of its own any more.
      if (at !== -1) expect(model.gone.some(({ purchaseId }) => purchaseId === this.purchaseId)).toBe(true);
    } else expect(standing).toEqual({ kind: 'kept', outcome: kept });
    const all = [...model.line, ...model.gone];
    const left = await queue.leftLine(concertId, all);
    expect(left.map(({ entry, kept }) => [entry.id, kept])).toEqual(
      model.gone.map(({ id, purchaseId }) => [id, model.kept.get(purchaseId) ?? null]),
    );
    const waiting = await queue.concertsWaiting();
    if (model.line.length > 0) expect(waiting).toContain(concertId);
  }
  toString = () => `look(${this.purchaseId})`;
}

/** The place counts those ahead; it may count some who have left as well, but nobody is told to be further on than he is. */
function expectPlace(model: Model, at: number, position: number): void {
  expect(at).toBeGreaterThanOrEqual(0);
  expect(position).toBeGreaterThanOrEqual(at + 1);
  expect(position).toBeLessThanOrEqual(at + 1 + model.left);
  if (at === 0) expect(position).toBe(1);
}

function compareIds(a: string, b: string): number {
  const [[aTime = 0, aPlace = 0], [bTime = 0, bPlace = 0]] = [a, b].map((id) =>
    id.split('-').map(Number),
  ) as [number[], number[]];
  return aTime - bTime || aPlace - bPlace;
}

it('a queue is a list with one owner, whatever happens to it in whatever order', async () => {
  await settled(servers);
  const queue = new ArrivalQueue(servers);
  const purchases = fc.constantFrom('p1', 'p2', 'p3', 'p4');
  const drainers = fc.constantFrom<Drainer>('ann', 'bob');
  const steps = fc.commands(
    [
      purchases.map((purchase) => new Join(purchase)),
      purchases.map((purchase) => new Join(purchase)),
      fc.tuple(fc.nat(limit), fc.boolean()).map(([at, knowsId]) => new Leave(at, knowsId)),
      fc
        .tuple(drainers, fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean())
        .map((args) => new Drain(...args)),
      purchases.map((purchase) => new Look(purchase)),
      fc.constant(new Lose()),
    ],
    { maxCommands: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const model: Model = { line: [], gone: [], kept: new Map(), left: 0, lastId: '0-0' };
      await fc.asyncModelRun(() => ({ model, real: { queue, concertId: randomUUID() } }), commands);
    }),
    { numRuns: 100 },
  );
});

it('every key of a queue expires, and what is kept of refusals has a bound', async () => {
  await settled(servers);
  const queue = new ArrivalQueue(servers);
  const concertId = randomUUID();
  const named = queueKeys(servers.prefix, concertId);
  const buyers = Array.from({ length: 10_500 }, (_, i) => `purchase ${i}`);
  for (let at = 0; at < buyers.length; at += 500) {
    const some = buyers.slice(at, at + 500);
    await Promise.all(some.map((id) => joinAlone(queue, concertId, id, id, 10_000)));
    expect(await queue.claim(concertId, 'me')).toBe(true);
    const read = await queue.read(concertId, 'me', 500);
    const arrivals = read.kind === 'entries' ? read.arrivals : [];
    const refused = arrivals.map((arrival) => ({ ...arrival, outcome: 'refused', keep: true }));
    expect(await queue.answer(concertId, 'me', refused)).toBe(true);
  }
  expect(await servers.primary.hlen(named.outcomes)).toBe(10_000);
  expect(await servers.primary.zcard(named.keptAt)).toBe(10_000);
  expect(await queue.standing(concertId, 'purchase 0')).toBeNull();
  expect(await queue.standing(concertId, 'purchase 10499')).toEqual({ kind: 'kept', outcome: 'refused' });
  await joinAlone(queue, concertId, 'one more', 'token', 10_000);
  const { concerts: _, setAside: __, ...ofTheConcert } = named;
  for (const key of Object.values(ofTheConcert)) {
    if ((await servers.primary.exists(key)) === 1) expect(await servers.primary.pttl(key)).toBeGreaterThan(0);
  }
});

it('replies reach the process that waits for them', async () => {
  await settled(servers);
  const queue = new ArrivalQueue(servers);
  const [concertId, heard] = [randomUUID(), new Map<string, string>()];
  queue.onReply((token, outcome) => heard.set(token, outcome));
  await joinAlone(queue, concertId, 'p1', 't1', limit);
  await queue.claim(concertId, 'me');
  const read = await queue.read(concertId, 'me', 1);
  const arrivals = read.kind === 'entries' ? read.arrivals : [];
  await queue.answer(
    concertId,
    'me',
    arrivals.map((arrival) => ({ ...arrival, outcome: 'sold', keep: false })),
  );
  await until(() => heard.get('t1') === 'sold', 'the reply');
});
