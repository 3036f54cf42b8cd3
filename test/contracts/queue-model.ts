import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Answer, ArrivalQueue } from '../../src/commands/ports.js';
import { compareQueueIds } from '../../src/domain/audit/inversions.js';

/** The most that a queue of these tests holds. */
export const limit = 6;

/** One purchase joins alone. Undefined: the queue is full. */
export async function joinAlone(queue: ArrivalQueue, concertId: string, purchaseId: string, token: string) {
  const entry = { purchaseId, token, entry: 'request', withinMs: null };
  const { places } = await queue.join(concertId, [entry], limit);
  return places[0];
}

type Drainer = 'ann' | 'bob';

/** What a queue is: a list, and who may answer. */
interface Model {
  readonly line: { readonly id: string; readonly purchaseId: string; readonly token: string }[];
  readonly gone: { readonly id: string; readonly purchaseId: string }[];
  readonly kept: Map<string, string>;
  /** The latest entry of each purchase, unless it was answered or has left. */
  readonly latest: Map<string, string>;
  left: number;
  lastId: string;
}

interface Real {
  readonly queue: ArrivalQueue;
  readonly concertId: string;
  readonly loseEntries: (concertId: string) => Promise<void>;
}

type Step = fc.AsyncCommand<Model, Real>;

class Join implements Step {
  constructor(readonly purchaseId: string) {}
  check = () => true;
  async run(model: Model, { queue, concertId }: Real) {
    const token = randomUUID();
    const joined = await joinAlone(queue, concertId, this.purchaseId, token);
    if (model.line.length === limit) {
      expect(joined).toBeUndefined();
      return;
    }
    if (joined === undefined) throw new Error('full before its limit');
    expect(compareQueueIds(joined.id, model.lastId)).toBeGreaterThan(0);
    model.lastId = joined.id;
    model.kept.delete(this.purchaseId);
    model.latest.set(this.purchaseId, joined.id);
    model.line.push({ id: joined.id, purchaseId: this.purchaseId, token });
    expect(isPlace(model, model.line.length - 1, joined.position), `${joined.position}`).toBe(true);
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
    // Without its id an entry is found only where it is the purchase's latest.
    expect(left).toBe(this.knowsId || model.latest.get(purchaseId) === id);
    if (!left) return;
    if (model.latest.get(purchaseId) === id) model.latest.delete(purchaseId);
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
      for (const { id, purchaseId } of first) {
        const isLatest = model.latest.get(purchaseId) === id;
        if (isLatest) model.latest.delete(purchaseId);
        if (!this.refuses) model.kept.delete(purchaseId);
        else if (isLatest) model.kept.set(purchaseId, 'refused');
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
  async run(model: Model, { concertId, loseEntries }: Real) {
    await loseEntries(concertId);
    model.gone.push(...model.line.splice(0));
  }
  toString = () => 'lose';
}

class Look implements Step {
  constructor(readonly purchaseId: string) {}
  check = () => true;
  async run(model: Model, { queue, concertId }: Real) {
    const standing = await queue.standing(concertId, this.purchaseId);
    const kept = model.kept.get(this.purchaseId);
    const latest = model.line.findIndex(({ id }) => id === model.latest.get(this.purchaseId));
    if (latest !== -1) {
      if (standing?.kind !== 'in-line') throw new Error('a purchase in the queue has no place');
      expect(isPlace(model, latest, standing.position), `${standing.position} of ${latest + 1}`).toBe(true);
    } else expect(standing).toEqual(kept === undefined ? null : { kind: 'kept', outcome: kept });
    // Nothing is told of a purchase while one of its entries may still be sold.
    if (model.line.some(({ purchaseId }) => purchaseId === this.purchaseId)) expect(kept).toBeUndefined();
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
const isPlace = (model: Model, at: number, position: number): boolean =>
  at === 0 ? position === 1 : position >= at + 1 && position <= at + 1 + model.left;

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

/** Runs random steps on queues, and compares each with a list. */
export const compareWithList = (real: Omit<Real, 'concertId'>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const model: Model = { line: [], gone: [], kept: new Map(), latest: new Map(), left: 0, lastId: '0-0' };
      const setup = () => ({ model, real: { ...real, concertId: randomUUID() } });
      await fc.asyncModelRun(setup, commands);
    }),
    { numRuns },
  );
