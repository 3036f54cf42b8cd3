import { messageOf } from '../../waiting/message-of.js';
import { Wake } from '../../waiting/wake.js';
import { type DecideContext, groupCommit } from '../deciding/decide-and-append.js';
import { type LineBounds, type Taken, WaitingLine } from '../modes/waiting-line.js';
import { unavailable } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { HeldLock } from '../ports.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import { BatchDecider } from './batch-decider.js';
import type { OwnerLease } from './lease.js';
import { nothingRead, OwnedQueue, type OwnedQueueContext } from './owned-queue.js';
import type { OwnCommand, OwnerAnswer } from './owner-batch.js';

export interface OwnerContext extends DecideContext, OwnedQueueContext, LineBounds {
  readonly loader: ConcertLoader;
  /** How long commands of this process wait for the lock, in ms. */
  readonly lockWaitMs: number;
  /** How long an owner without work keeps the concert, in ms. */
  readonly ownerIdleMs?: number;
  /** Whether buyers of this process wait in the concert's queue. */
  readonly hasWaiters: (concertId: string) => boolean;
}

/** How long an owner without work keeps the concert, in ms: taking it again costs more than many renewals. */
const defaultIdleMs = 30_000;
/** How long a busy owner keeps the lock from others that want it, in ms. */
const holdMs = 50;
/** How long one try for the lock lasts, in ms; between two, the owner checks whether it has to end. */
const lockTryMs = 250;

/**
 * Decides for one concert while this process owns it: the commands of this process and the purchases that others have handed
 * over, batch after batch, one append each. An owner that loses the concert, is stopped, or finds nothing to do for a
 * while passes it on.
 *
 * A purchase that it refuses is not sold by another owner. Reading and answering entries do nothing once another process has
 * claimed the concert, so a later owner does not find the entry; an earlier one that had read it decides on a state no newer
 * than ours and gets a conflict. This requires that our state is the end of the log after our claim: an append proves it,
 * and without an append the log is read. It also requires that nothing but purchases comes between a state and the entries
 * decided on it, since a cancellation could turn a refusal into a sale: entries are read after the state, and share no batch
 * with other commands. Time and commands on holds can do the same, and do share batches with entries: where tickets are held or
 * waited for, a refusal is final only after an append of this owner (`toAnswer`).
 *
 * An owner may die at any point: the next one finds what was appended in the log and gives the same answer; entries that were
 * not appended are still in the queue.
 */
export class ConcertOwner {
  readonly #line: WaitingLine<OwnCommand>;
  readonly #wake: Wake;
  readonly #queue: OwnedQueue;
  readonly #decider: BatchDecider;
  /** Whether the cached state was the newest and no other process is known to have had lock or claim since. */
  #isCurrent = false;
  #lockBusySince: number | null = null;
  #lastWork: number;
  #stopping = false;
  #isClosed = false;

  /** Resolves when this process owns the concert no longer: with the problem that ended it, or null. */
  readonly ended: Promise<string | null>;

  constructor(
    private readonly context: OwnerContext,
    private readonly lease: OwnerLease,
    private readonly onEnd: (problem: string | null) => void,
  ) {
    this.#line = new WaitingLine(context, groupCommit, ({ command, answer }, reason) => {
      command.fail(reason);
      answer('answered');
    });
    this.#queue = new OwnedQueue(context, lease, () => this.lose());
    this.#decider = new BatchDecider(context, this.#queue);
    this.#wake = new Wake(context.clock);
    this.#lastWork = context.clock.monotonic();
    lease.onWanted = () => this.#wake.wake();
    this.ended = this.#run();
  }

  /** Resolves when the queue was found empty, or belongs to another process. Rejects when the log does not answer. */
  get drained(): Promise<void> {
    return this.#queue.drained;
  }

  /**
   * Decides a command of this process, unless the ownership ends first.
   * @param isShared whether it is a customer's purchase, or concerns a hold, and may share a batch with entries
   * @param since when the command arrived, by the monotonic clock
   */
  decide(command: PendingCommand, isShared: boolean, since: number): Promise<OwnerAnswer> {
    if (this.#isClosed) return Promise.resolve('moved');
    return new Promise((answer) => {
      this.#line.add({ command, isShared, answer }, since);
      this.#wake.wake();
    });
  }

  /** The queue has entries. */
  call(): void {
    this.#queue.call();
    this.#wake.wake();
  }

  /** Another process owns the concert. */
  lose(): void {
    this.lease.lose();
    this.#wake.wake();
  }

  /** Passes the concert on as soon as no buyer of this process waits for it. */
  stop(): void {
    this.#stopping = true;
    this.#wake.wake();
  }

  get claim(): readonly [concertId: string, token: string] {
    return [this.lease.concertId, this.lease.token];
  }

  get heldLock(): HeldLock | null {
    return this.lease.heldLock;
  }

  /** The claim was renewed by a call that was sent at `sentAt`, by the monotonic clock. */
  renewed(sentAt: number): void {
    this.lease.renewed(sentAt);
  }

  async #run(): Promise<string | null> {
    let problem: string | null = null;
    try {
      while (await this.#nextWork()) await this.#round();
    } catch (error) {
      // Without Redis there is no owner, and the commands are decided without one.
      if (this.context.queue.reachable) problem = messageOf(error);
    }
    await this.#queue.answered;
    await this.lease.end();
    this.#isClosed = true;
    this.onEnd(problem);
    this.#queue.close(problem);
    for (const { command, answer } of this.#line.take().items) {
      if (problem !== null) command.fail(unavailable(problem));
      answer(problem === null ? 'moved' : 'answered');
    }
    return problem;
  }

  /** Waits for something to decide. False when this process is to own the concert no longer. */
  async #nextWork(): Promise<boolean> {
    for (;;) {
      if (this.#isOver()) return false;
      if (this.#line.length > 0 || this.#queue.mayHaveEntries) return true;
      if (this.lease.isLockWanted(0)) await this.#yieldLock();
      const { clock, ownerIdleMs = defaultIdleMs } = this.context;
      const left = this.#lastWork + ownerIdleMs - clock.monotonic();
      if (left > 0) {
        await this.#wake.wait(left);
        await clock.turn(); // Purchases of the same turn share a batch.
      } else if (await this.lease.releaseIfIdle()) return false;
      else this.#queue.call();
    }
  }

  #isOver(): boolean {
    const { queue, hasWaiters } = this.context;
    if (this.lease.isLost || !queue.reachable) return true;
    if (!this.#stopping || this.#line.length > 0) return false;
    return this.#lockBusySince !== null || !hasWaiters(this.lease.concertId);
  }

  async #yieldLock(): Promise<void> {
    await this.lease.yieldLock();
    this.#isCurrent = false;
  }

  /** Decides one batch. Rejects when the log or Redis does not answer. */
  async #round(): Promise<void> {
    const started = this.context.clock.monotonic();
    if (!(await this.#isReady())) return;
    const { loader } = this.context;
    const cached = this.#isCurrent ? loader.peek(this.lease.concertId) : undefined;
    const state = cached ?? (await loader.load(this.lease.concertId));
    this.#isCurrent = true;
    const read = this.#mayRead ? await this.#queue.read(state) : nothingRead;
    if (read === null) return;
    // The batch is taken as late as possible: the more purchases share this append, the better.
    const isApart = read.entries.length > 0 && this.#line.some(({ isShared }) => !isShared);
    this.#mayRead = !isApart;
    const taken: Taken<OwnCommand> = isApart ? noItems : this.#line.take();
    await this.#decider.decide(state, read, taken);
    this.#line.measured(this.context.clock.monotonic() - started);
    this.#lastWork = this.context.clock.monotonic();
  }

  /** False after a round without entries that other commands had to wait for. */
  #mayRead = true;

  /** Renews or acquires claim and lock. */
  async #isReady(): Promise<boolean> {
    const { lease } = this;
    if (!lease.isFresh && !(await this.#queue.claimAgain())) return false;
    if (lease.isLockWanted(holdMs)) await this.#yieldLock();
    const lock = await lease.takeLock(lockTryMs);
    if (lock === 'busy') {
      if (this.#lockBusySince === null) this.#warmUp();
      this.#lockBusySince ??= this.context.clock.monotonic();
      if (this.context.clock.monotonic() - this.#lockBusySince >= this.context.lockWaitMs) {
        this.#line.rejectAfter(this.context.lockWaitMs);
      }
      return false;
    }
    this.#lockBusySince = null;
    // A lock acquired again after its lease ended proves nothing about the state: an append or a read does.
    if (lock === 'without') this.#isCurrent = false;
    return true;
  }

  /** Reads the log while the lock of a dead owner runs out. */
  #warmUp(): void {
    this.context.loader.load(this.lease.concertId).catch(() => {}); // The batch that needs the state meets the same failure.
  }
}

const noItems: Taken<OwnCommand> = { items: [], putBack: () => {} };
