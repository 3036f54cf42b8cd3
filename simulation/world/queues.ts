import type {
  Answer,
  Arrival,
  ConcertOwner,
  Joined,
  NewEntry,
  QueueRead,
  Renewed,
  Standing,
  Succession,
} from '../../src/commands/ports.js';
import type { Channels } from './channels.js';
import { copyOfQueues, emptyQueue, noQueues, type QueueData, type QueueEntry } from './queue-data.js';

const entryLivesMs = 600_000;
const keepOutcomesMs = 600_000;
export const ownerLeaseMs = 1_000;
const overdueMs = 400;

/** The channel on which a process receives the replies to its purchases. */
export const repliesTo = (process: string): string => `replies:${process}`;
/** The channel on which a process is called to a concert. */
export const callsTo = (process: string): string => `calls:${process}`;

/**
 * The arrival queues of one Redis: each call is one of the scripts of `src/redis/queue/scripts.ts`, one atomic step, and does what
 * the script does.
 */
export class Queues {
  #data = noQueues();
  #histories = 1;

  /**
   * @param now the server's clock, in ms
   * @param onJoined called for each entry, in order
   */
  constructor(
    private readonly now: () => number,
    private readonly channels: Channels,
    private readonly onJoined: (concertId: string, entry: QueueEntry) => void,
  ) {}

  dump = () => copyOfQueues(this.#data);

  /** Returns to a dump as the server does when it starts again. */
  restore(dump: ReturnType<typeof copyOfQueues>): void {
    this.#data = copyOfQueues(dump);
    this.#histories += 1;
  }

  flush(): void {
    this.#data = noQueues();
  }

  /** The stream of one queue is lost, and nothing else. */
  loseEntries(concertId: string): void {
    const queue = this.#data.byConcert.get(concertId);
    if (queue !== undefined) Object.assign(queue, { entries: [], lastId: [0, 0] });
  }

  /** As if the entries had been written earlier, or to another server. */
  rewrite(
    concertId: string,
    { ageMs = 0, history }: { readonly ageMs?: number; readonly history?: string },
  ): void {
    const queue = this.#queue(concertId);
    queue.entries = queue.entries.map((entry) => {
      const [ms, sequence] = entry.id.split('-');
      return { ...entry, id: `${Number(ms) - ageMs}-${sequence}`, history: history ?? entry.history };
    });
  }

  join(concertId: string, process: string, entries: readonly NewEntry[], limit: number): Joined {
    const queue = this.#queue(concertId);
    const owner = this.#ownerOf(queue);
    const places: { id: string; position: number }[] = [];
    for (const { purchaseId, token, entry, withinMs } of entries) {
      if (queue.entries.length >= limit) break;
      const number = (queue.entries.at(-1)?.number ?? 0) + 1;
      const id = this.#nextId(queue);
      const deadline = withinMs === null ? null : this.#time + withinMs;
      const added = {
        id,
        number,
        history: this.#history,
        purchaseId,
        replyTo: process,
        token,
        entry,
        deadline,
      };
      queue.entries = [...queue.entries, added];
      this.onJoined(concertId, added);
      queue.places.set(purchaseId, id);
      queue.kept.delete(purchaseId);
      places.push({ id, position: number - (queue.entries[0]?.number ?? number) + 1 });
    }
    if (places.length > 0) {
      this.#data.concerts.add(concertId);
      const wasAsleep = queue.asleepUntil > this.#time;
      queue.asleepUntil = 0;
      if (wasAsleep && owner !== null) this.channels.publish(callsTo(processOf(owner)), concertId);
    }
    return { owned: owner !== null, places };
  }

  leave(concertId: string, process: string, purchaseId: string, token: string, known?: string): boolean {
    const queue = this.#queue(concertId);
    const id = known ?? queue.places.get(purchaseId);
    const entry = this.#entry(queue, id);
    if (entry === undefined || entry.replyTo !== process || entry.token !== token) return false;
    this.#remove(queue, entry.id, purchaseId);
    if (queue.entries.length === 0) this.#data.concerts.delete(concertId);
    return true;
  }

  claim(concertId: string, token: string, again: boolean): boolean {
    const queue = this.#queue(concertId);
    const owner = this.#ownerOf(queue);
    if (owner !== null && owner !== token) return false;
    const next = this.#nextOf(queue);
    if (owner === null && !again && next !== null && next !== processOf(token)) return false;
    queue.owner = { token, until: this.#time + ownerLeaseMs };
    queue.asleepUntil = 0;
    queue.next = null;
    return true;
  }

  succeed(concertId: string, process: string): Succession {
    const queue = this.#queue(concertId);
    const owner = this.#ownerOf(queue);
    if (owner !== null && (queue.owner?.until ?? 0) - this.#time > overdueMs) return 'owned';
    const next = this.#nextOf(queue);
    if (next !== null && next !== process) return 'other';
    queue.next = { process, until: this.#time + ownerLeaseMs };
    return owner === null ? 'claim' : 'prepare';
  }

  renew(claims: readonly (readonly [concertId: string, token: string])[]): readonly Renewed[] {
    return claims.map(([concertId, token]) => {
      const queue = this.#queue(concertId);
      const owner = this.#ownerOf(queue);
      if (owner !== token) return owner === null ? 'free' : 'lost';
      this.#prolong(queue, token);
      return queue.entries.length > 0 ? 'waiting' : 'owned';
    });
  }

  /** True: the caller does not own the queue any more. */
  release(concertId: string, token: string, onlyIfEmpty: boolean): boolean {
    const queue = this.#queue(concertId);
    if (this.#ownerOf(queue) !== token) return true;
    const [first] = queue.entries;
    if (first !== undefined && onlyIfEmpty) return false;
    queue.owner = null;
    queue.asleepUntil = 0;
    if (first !== undefined && first.replyTo !== processOf(token))
      this.channels.publish(callsTo(first.replyTo), concertId);
    return true;
  }

  owner(concertId: string): ConcertOwner | null {
    const queue = this.#queue(concertId);
    const token = this.#ownerOf(queue);
    if (token === null) return null;
    const [process = '', since = ''] = token.split('|');
    return { process, since: Number(since), waiting: queue.entries.length };
  }

  read(concertId: string, token: string, count: number): QueueRead {
    const queue = this.#queue(concertId);
    if (this.#ownerOf(queue) !== token) return { kind: 'not-owner' };
    queue.owner = { token, until: this.#time + ownerLeaseMs };
    if (queue.entries.length === 0) {
      queue.asleepUntil = this.#time + ownerLeaseMs;
      queue.places.clear();
      this.#data.concerts.delete(concertId);
      return { kind: 'empty' };
    }
    const arrivals = queue.entries.slice(0, count).map((entry): Arrival => {
      const { id, purchaseId, replyTo, token: waiter } = entry;
      return { id, purchaseId, replyTo, token: waiter, entry: entry.entry, stale: this.#staleness(entry) };
    });
    return { kind: 'entries', history: this.#history, arrivals };
  }

  answer(concertId: string, token: string, answers: readonly Answer[]): boolean {
    const queue = this.#queue(concertId);
    if (this.#ownerOf(queue) !== token) return false;
    const replies = new Map<string, [string, string][]>();
    for (const { id, purchaseId, outcome, keep, setAside, replyTo, token: waiter } of answers) {
      const isLatest = queue.places.get(purchaseId) === id && this.#entry(queue, id) !== undefined;
      this.#remove(queue, id, purchaseId);
      if (!keep) queue.kept.delete(purchaseId);
      else if (isLatest) queue.kept.set(purchaseId, { outcome, at: this.#time });
      if (setAside !== undefined) this.#data.setAside.unshift(setAside);
      replies.set(replyTo, [...(replies.get(replyTo) ?? []), [waiter, outcome]]);
    }
    for (const [process, all] of replies) this.channels.publish(repliesTo(process), JSON.stringify(all));
    return true;
  }

  standing(concertId: string, purchaseId: string): Standing | null {
    const queue = this.#queue(concertId);
    const entry = this.#entry(queue, queue.places.get(purchaseId));
    if (entry !== undefined)
      return { kind: 'in-line', position: entry.number - (queue.entries[0]?.number ?? 0) + 1 };
    const outcome = this.#keptOutcome(queue, purchaseId);
    return outcome === null ? null : { kind: 'kept', outcome };
  }

  leftLine<Entry extends { readonly id: string; readonly purchaseId: string }>(
    concertId: string,
    waiting: readonly Entry[],
  ): readonly { readonly entry: Entry; readonly kept: string | null }[] {
    const queue = this.#queue(concertId);
    return waiting
      .filter(({ id }) => this.#entry(queue, id) === undefined)
      .map((entry) => ({ entry, kept: this.#keptOutcome(queue, entry.purchaseId) }));
  }

  concertsWaiting = (): readonly string[] => [...this.#data.concerts];

  withoutOwner = (concertIds: readonly string[]): readonly string[] =>
    concertIds.filter((concertId) => this.#ownerOf(this.#queue(concertId)) === null);

  get #time(): number {
    return Math.floor(this.now());
  }

  /** A server takes a new one when it starts. */
  get #history(): string {
    return `history ${this.#histories}`;
  }

  #queue(concertId: string): QueueData {
    const queue = this.#data.byConcert.get(concertId) ?? emptyQueue();
    this.#data.byConcert.set(concertId, queue);
    return queue;
  }

  #ownerOf({ owner }: QueueData): string | null {
    return owner !== null && owner.until > this.#time ? owner.token : null;
  }

  #nextOf({ next }: QueueData): string | null {
    return next !== null && next.until > this.#time ? next.process : null;
  }

  #prolong(queue: QueueData, token: string): void {
    queue.owner = { token, until: this.#time + ownerLeaseMs };
    if (queue.asleepUntil > this.#time) queue.asleepUntil = this.#time + ownerLeaseMs;
  }

  #entry({ entries }: QueueData, id: string | undefined): QueueEntry | undefined {
    return id === undefined ? undefined : entries.find((entry) => entry.id === id);
  }

  #remove(queue: QueueData, id: string, purchaseId: string): void {
    queue.entries = queue.entries.filter((entry) => entry.id !== id);
    if (queue.places.get(purchaseId) === id) queue.places.delete(purchaseId);
  }

  #keptOutcome({ kept }: QueueData, purchaseId: string): string | null {
    const found = kept.get(purchaseId);
    return found === undefined || this.#time - found.at > keepOutcomesMs ? null : found.outcome;
  }

  #staleness({ history, id, deadline }: QueueEntry): Arrival['stale'] {
    if (history !== this.#history) return 'older';
    if (Number(id.split('-')[0]) < this.#time - entryLivesMs) return 'late';
    return deadline !== null && deadline < this.#time ? 'overdue' : null;
  }

  /** As `XADD *`: by the clock, and never lower than the last. */
  #nextId(queue: QueueData): string {
    const [ms, sequence] = queue.lastId;
    const time = this.#time;
    queue.lastId = time > ms ? [time, 0] : [ms, sequence + 1];
    return queue.lastId.join('-');
  }
}

const processOf = (token: string): string => token.split('|')[0] ?? '';
