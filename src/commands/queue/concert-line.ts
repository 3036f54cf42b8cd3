import type { Concert } from '../../domain/concert.js';
import { changesWithTime } from '../../domain/holds/promised.js';
import { isPurchase } from '../../domain/state/recall.js';
import { backoff } from '../../waiting/backoff.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import { Wake } from '../../waiting/wake.js';
import type { DecideContext } from '../deciding/decide-and-append.js';
import { unavailable } from '../outcome.js';
import type { Ownerships } from '../ownership/ownerships.js';
import type { ArrivalQueue } from '../ports.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import { type HandedOutcome, type HandedOver, type HandedResult, isDone } from './handed-over.js';
import type { Waiter } from './waiter.js';

export interface LineContext extends DecideContext {
  readonly loader: ConcertLoader;
  readonly queue: ArrivalQueue;
  readonly ownerships: Ownerships;
  /** Runs a command without the queue, for when the queue cannot be used. */
  readonly withoutQueue: (handed: HandedOver) => Promise<HandedOutcome>;
}

/** How often it is asked whether the concert still has an owner, in ms, while nothing is heard of one. */
const askEveryMs = 100;
/** How often purchases that have waited as long are looked up in Redis, in case a reply was lost, in ms. */
const lookUpEveryMs = 500;
/** How long an owner may leave buyers without an answer before it is asked whether it renews its claim, in ms. */
const silentMs = 400;
/** How long a reply may be on its way after its entry has left the queue, in ms. */
const replyGraceMs = 100;
const pauseAfterTroubleMs = 200;
/** For how long an entry that could not be removed is tried to be removed again, in ms. */
const leaveWithinMs = 30_000;

/**
 * The waiters of this process in one concert's queue. Ensures that some process owns the concert until all of them are
 * answered.
 */
export class ConcertLine {
  readonly #waiters = new Set<Waiter>();
  readonly #changed: Wake;
  #lookUpAt: number;
  /** When an owner was last heard of, by the monotonic clock. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Since when an owner is silent though buyers wait, by the monotonic clock; null when the log was read ahead. */
  #silentSince: number | null;
  #problem: string | null = null;
  #stopping = false;

  /** Resolves when no waiter of this process is in the queue. */
  readonly idle: Promise<void>;

  constructor(
    private readonly context: LineContext,
    private readonly concertId: string,
    first: Waiter,
    owned: boolean,
    private readonly onEmpty: () => void,
  ) {
    const { clock } = context;
    this.#changed = new Wake(clock);
    this.#lookUpAt = clock.monotonic() + lookUpEveryMs;
    this.#silentSince = clock.monotonic();
    this.add(first, owned);
    this.idle = this.#run();
  }

  /** @param owned whether the queue had an owner when the waiter joined; the owner will read the entry */
  add(waiter: Waiter, owned: boolean): void {
    this.#waiters.add(waiter);
    if (owned) this.#heardAt = this.context.clock.monotonic();
    else {
      this.#heardAt = Number.NEGATIVE_INFINITY;
      this.#changed.wake();
    }
  }

  /** An owner has answered. */
  heard(): void {
    this.#heardAt = this.context.clock.monotonic();
    this.#silentSince = this.#heardAt;
  }

  /** The owner in this process could not decide. */
  fail(problem: string): void {
    this.#problem = problem;
    this.#changed.wake();
  }

  /** From now on waits only while this process owns the concert. */
  stop(): void {
    this.#stopping = true;
    this.#changed.wake();
  }

  async #run(): Promise<void> {
    for (let waiters = this.#unanswered(); waiters.length > 0; waiters = this.#unanswered()) {
      try {
        await this.#ensureOwned();
        if (this.#stopping && this.context.ownerships.here(this.concertId) === undefined) break;
        await this.#changed.wait(askEveryMs * (0.5 + this.context.clock.random()));
        if (this.#problem !== null) await this.#answerWithoutQueue(this.#unanswered(), this.#problem);
        else if (this.context.clock.monotonic() >= this.#lookUpAt) await this.#answerGone(this.#unanswered());
      } catch (error) {
        await this.#answerWithoutQueue(waiters, messageOf(error));
      }
    }
    this.onEmpty();
  }

  /** Makes this process the owner when there is none, and prepares it when there may soon be none. Rejects without Redis. */
  async #ensureOwned(): Promise<void> {
    const { ownerships, queue, clock } = this.context;
    if (ownerships.here(this.concertId) !== undefined) return;
    const now = clock.monotonic();
    const isSilent = this.#silentSince !== null && now - this.#silentSince >= silentMs;
    if (now - this.#heardAt < askEveryMs && !isSilent) return;
    if (!ownerships.mayOwn(this.concertId)) return;
    const succession = await queue.succeed(this.concertId);
    if (succession === 'claim') await ownerships.own(this.concertId);
    else if (succession === 'prepare' && isSilent) this.#readAhead();
  }

  /**
   * Reads the log while the claim of an owner that no longer renews it runs out: the next owner then has to load only what was sold
   * since. Only the process that is to be that owner does; when all that wait did, each would take several times as long. An owner
   * that is only slow is left alone, since reading costs as much as deciding.
   */
  #readAhead(): void {
    this.#silentSince = null;
    this.context.loader.load(this.concertId).catch(() => {}); // Whoever needs the state meets the same failure.
  }

  #unanswered(): readonly Waiter[] {
    for (const waiter of this.#waiters) if (waiter.answered) this.#waiters.delete(waiter);
    return [...this.#waiters];
  }

  /**
   * Answers the waiters whose entries have left the queue without a reply: the reply was lost, or Redis lost the entry. The log
   * is read last and takes precedence: a kept outcome may belong to an earlier request with the same key. When neither knows
   * the purchase, its outcome is unknown: an owner that had read the entry may still append.
   */
  async #answerGone(waiters: readonly Waiter[]): Promise<void> {
    this.#lookUpAt = this.context.clock.monotonic() + lookUpEveryMs;
    const { clock, queue } = this.context;
    const joinedBefore = clock.monotonic() - lookUpEveryMs;
    const waiting = waiters.flatMap((waiter) => {
      const { id, handed, answered, since } = waiter;
      const isThere = answered || id === undefined || since > joinedBefore;
      return isThere ? [] : [{ waiter, id, purchaseId: handed.entryId }];
    });
    if (waiting.length === 0) return;
    const left = await queue.leftLine(this.concertId, waiting);
    if (left.length > 0) await pause(replyGraceMs, undefined, clock);
    const gone = left.filter(({ entry }) => !entry.waiter.answered);
    if (gone.length === 0) return;
    const concert = await this.context.loader.latest(this.concertId);
    for (const { entry, kept } of gone) {
      const fromLog = await this.#fromLog(concert, entry.waiter);
      const outcome = fromLog ?? (kept === null ? null : entry.waiter.handed.readOutcome(kept));
      entry.waiter.answer(outcome ?? unavailable('the request was lost from the queue, undecided so far'));
    }
  }

  /** What the log says of a command that was carried out; a purchase there also settles what is refused because of it. */
  async #fromLog(concert: Concert, { handed }: Waiter): Promise<HandedResult | null> {
    const found = await this.context.log.claimOf(concert, handed.claimId);
    if (found === undefined) return null;
    const [result, events] = handed.command().decide(concert, this.context.clock.wallTime(), found);
    return events.length === 0 && (isPurchase(found) || isDone(result)) ? result : null;
  }

  /**
   * Handles a failure of Redis or the log. Open requests run without the queue. A waiter that was given its position does not: it
   * may have been refused, and its buyer may have read that. It keeps its place, if Redis does, and the sweep has the queue
   * decided later.
   */
  async #answerWithoutQueue(waiters: readonly Waiter[], problem: string): Promise<void> {
    this.#problem = null;
    this.context.observer.queueBypassed(this.concertId, problem);
    await Promise.all(
      waiters.map(async (waiter) => {
        if (waiter.answered) return;
        waiter.answer(waiter.hasPlace ? unavailable(problem) : await leaveLine(this.context, waiter));
      }),
    );
    await pause(pauseAfterTroubleMs, undefined, this.context.clock);
  }
}

/**
 * Removes a purchase's entry from the queue and runs the purchase without the queue. A sale is final: an owner that reads the
 * entry finds the sale in the log. A refusal is final only if the entry is known to be removed and the log gives the same
 * decision afterwards, whatever the time: an owner that had read the entry gets a conflict then. Otherwise the outcome is
 * `unavailable`, never `busy`.
 */
export async function leaveLine(
  context: Pick<LineContext, 'queue' | 'log' | 'clock' | 'withoutQueue'> & {
    readonly loader: Pick<ConcertLoader, 'latest'>;
  },
  waiter: Waiter,
): Promise<HandedOutcome> {
  const { queue, loader, log, clock, withoutQueue } = context;
  const { handed, token, id } = waiter;
  const { concertId, entryId, claimId } = handed;
  waiter.leave();
  // Redis may be unreachable, which is why the queue is left; the entry is then not known to be removed.
  const left = await queue.leave(concertId, entryId, token, id).catch(() => {
    void leaveLater(context, waiter);
    return false;
  });
  const outcome = await withoutQueue(handed);
  // An owner may have read the entry before it was removed, so `busy` would promise too much.
  if (outcome.kind === 'busy') return unavailable('the request has left the queue and could not be decided');
  if (outcome.kind !== 'refused') return outcome;
  if (!left) return unavailable('the queue cannot be reached');
  try {
    const concert = await loader.latest(concertId);
    const earlier = await log.claimOf(concert, claimId);
    const [result, events] = handed.command().decide(concert, clock.wallTime(), earlier);
    const isFinal = events.length === 0 && !changesWithTime(concert);
    return isFinal ? result : unavailable('the concert has changed meanwhile, or may by itself');
  } catch (error) {
    return unavailable(messageOf(error));
  }
}

/**
 * Takes an entry out of the queue once Redis answers again: its buyer was told `unavailable`, or sold a ticket, and may be refused
 * elsewhere before an owner decides the entry. One for each request that waited when Redis was lost, since none joins without it.
 * Never rejects.
 */
async function leaveLater(
  { queue, clock }: Pick<LineContext, 'queue' | 'clock'>,
  { handed: { concertId, entryId }, token, id }: Waiter,
): Promise<void> {
  for await (const retry of backoff({ firstMs: 200, longestMs: 1_000, totalMs: leaveWithinMs }, clock)) {
    if (retry === 0) continue;
    const isSettled = await queue.leave(concertId, entryId, token, id).then(
      () => true,
      () => false,
    );
    if (isSettled) return;
  }
}
