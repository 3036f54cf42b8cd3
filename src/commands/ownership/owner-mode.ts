import { messageOf } from '../../waiting/message-of.js';
import type { Ownership, PurchaseRequest } from '../commands.js';
import type { NoAppendFastPath } from '../deciding/no-append-fast-path.js';
import { type HoldCall, type HoldCallResult, holdCommand } from '../holds/hold-calls.js';
import type { Mode } from '../mode.js';
import type { PurchaseOutcome, RetryLater } from '../outcome.js';
import { unavailable } from '../outcome.js';
import { type Command, type PendingCommand, PendingCommandOf } from '../pending-command.js';
import type { ConcertOwner as OwnerProcess } from '../ports.js';
import { purchaseCommand } from '../purchase-command.js';
import { QueueEntries } from '../queue/entries.js';
import { HandOver } from '../queue/hand-over.js';
import type { HandedOver } from '../queue/handed-over.js';
import { readOutcome } from '../queue/outcome-message.js';
import { QueueSweep } from '../queue/sweep.js';
import type { ConcertOwner, OwnerContext } from './concert-owner.js';
import { Ownerships } from './ownerships.js';

export interface OwnerModeContext extends Omit<OwnerContext, 'entries' | 'hasWaiters'> {
  readonly fastPath: NoAppendFastPath;
  /** Decides without an owner: under the concert's lock, or on the expected revision alone. */
  readonly withoutOwner: Mode;
}

/**
 * Modes `batch` and `queue`: one process at a time owns a concert and decides for all. A process that is asked for a purchase
 * becomes the owner, or hands the purchase over to the owner through the concert's queue in Redis. The two modes differ in
 * what goes through the queue: in `batch` only what arrives at other processes, in `queue` every purchase, so that the queue
 * fixes the order of arrival over all processes.
 *
 * The queue is not a source of truth: when it is lost, its purchases are answered from the log.
 */
export class OwnerMode implements Mode {
  readonly #ownerships: Ownerships;
  readonly #handOver: HandOver;
  readonly #sweep: QueueSweep;

  constructor(private readonly context: OwnerModeContext) {
    const { queue, log, observer, clock } = context;
    const hasWaiters = (concertId: string) => this.#handOver.hasWaiters(concertId);
    const entries = new QueueEntries(log, observer);
    this.#ownerships = new Ownerships({ ...context, entries, hasWaiters }, (concertId, problem) =>
      this.#handOver.fail(concertId, problem),
    );
    const ownerships = this.#ownerships;
    const withoutQueue = ({ command }: HandedOver) => this.#withoutOwner(command());
    this.#handOver = new HandOver({ ...context, ownerships, withoutQueue });
    this.#sweep = new QueueSweep({ queue, observer, ownerships, clock }, hasWaiters);
  }

  /**
   * @param isOrdered whether the purchase is promised its place in the order of arrival over all processes (mode `queue`). Its
   * outcome may then be its position.
   */
  async purchase(request: PurchaseRequest, isOrdered: boolean): Promise<PurchaseOutcome> {
    const since = this.context.clock.monotonic();
    const command = new PendingCommandOf(purchaseCommand(request));
    try {
      if (await this.context.fastPath.answer(command)) return outcomeOf(command);
    } catch (error) {
      return unavailable(messageOf(error));
    }
    if (!isOrdered && (await this.#decideHere(command, since))) return outcomeOf(command);
    const { queue, observer } = this.context;
    if (queue.reachable) return this.#handOver.purchase(request, isOrdered);
    if (isOrdered) observer.queueBypassed(request.concertId, 'Redis is not connected');
    return this.#withoutOwner(purchaseCommand(request));
  }

  /**
   * A call about a hold: decided by the owner, to which it is handed over as a purchase of mode `batch` is. An extension is decided
   * here, under the lock, which the owner yields.
   */
  async onHold(call: HoldCall): Promise<HoldCallResult | RetryLater> {
    const since = this.context.clock.monotonic();
    const command = new PendingCommandOf(holdCommand(call));
    try {
      if (await this.context.fastPath.answer(command)) return outcomeOf(command);
    } catch (error) {
      return unavailable(messageOf(error));
    }
    if (await this.#decideHere(command, since)) return outcomeOf(command);
    const mayHandOver = call.call !== 'extend' && this.context.queue.reachable;
    return mayHandOver ? this.#handOver.onHold(call) : this.#withoutOwner(holdCommand(call));
  }

  /** Decided by the owner if that is or can be here; `elsewhere`, with nothing decided, when another process owns the concert. */
  async handleIfOwner(command: PendingCommand): Promise<'handled' | 'elsewhere'> {
    if (!this.context.queue.reachable) await this.context.withoutOwner.handle(command);
    else if (!(await this.#decideHere(command, this.context.clock.monotonic()))) return 'elsewhere';
    return 'handled';
  }

  /** An organiser's command or a cancellation: decided by the owner if that is here, else under the lock, which the owner yields. */
  async handle(command: PendingCommand): Promise<void> {
    const owner = this.#ownerships.here(command.concertId);
    const since = this.context.clock.monotonic();
    if (owner !== undefined && (await owner.decide(command, false, since)) === 'answered') return;
    await this.context.withoutOwner.handle(command);
  }

  /**
   * The outcome so far of a purchase that is not in the log: queued, or the kept outcome; null when it is unknown. The caller
   * reads the log afterwards: a later sale with the same key supersedes a kept outcome. Rejects without Redis.
   */
  async standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null> {
    const standing = await this.context.queue.standing(concertId, purchaseId);
    if (standing === null) return null;
    if (standing.kind === 'kept') return readOutcome(standing.outcome);
    return { kind: 'queued', purchaseId, position: standing.position };
  }

  /** The process that owns the concert now, which may be another one; null when none does. Rejects when Redis does not answer. */
  owner(concertId: string): Promise<OwnerProcess | null> {
    return this.context.queue.owner(concertId);
  }

  get ownership(): Ownership {
    return { concerts: this.#ownerships.count, unservedQueues: this.#sweep.unserved };
  }

  /**
   * Replies to open requests of mode `queue` with their positions; from now on none of them waits. The queue is still drained,
   * here or elsewhere.
   */
  stopWaiting(): void {
    this.#handOver.stopWaiting();
  }

  /** Passes all concerts on. Resolves when the waiters of this process are answered, or left to another process. */
  async stop(): Promise<void> {
    // All at once: the sweep waits for owners that end only once they are stopped.
    await Promise.all([this.#sweep.stop(), this.#ownerships.stop(), this.#handOver.stop()]);
  }

  /** True: the command has its outcome. False: another process owns the concert, or Redis is away. */
  async #decideHere(command: PendingCommand, since: number): Promise<boolean> {
    for (;;) {
      const owner = await this.#ownerHere(command.concertId);
      if (owner === null) return false;
      if ((await owner.decide(command, true, since)) === 'answered') return true;
    }
  }

  async #ownerHere(concertId: string): Promise<ConcertOwner | null> {
    const here = this.#ownerships.here(concertId);
    if (here !== undefined) return here;
    if (!this.context.queue.reachable || this.#ownerships.isKnownElsewhere(concertId)) return null;
    try {
      return await this.#ownerships.own(concertId);
    } catch (error) {
      this.context.observer.queueBypassed(concertId, messageOf(error));
      return null;
    }
  }

  async #withoutOwner<Result>(command: Command<Result>): Promise<Result | RetryLater> {
    const pending = new PendingCommandOf(command);
    await this.context.withoutOwner.handle(pending);
    return outcomeOf(pending);
  }
}

async function outcomeOf<Result>(command: PendingCommandOf<Result>): Promise<Result | RetryLater> {
  const outcome = await command.outcome;
  return outcome.kind === 'decided' ? outcome.result : outcome;
}
