import { LRUCache } from 'lru-cache';
import { compareQueueIds } from '../../domain/audit/inversions.js';
import type { Concert } from '../../domain/concert.js';
import { changesWithTime } from '../../domain/holds/promised.js';
import { holdCommand } from '../holds/hold-calls.js';
import type { CommandObserver, WhyDropped } from '../observer.js';
import { busy, type RetryLater, unavailable } from '../outcome.js';
import { PendingCommandOf } from '../pending-command.js';
import type { Answer, Arrival } from '../ports.js';
import { purchaseCommand } from '../purchase-command.js';
import type { ConcertLog } from '../state/concert-log.js';
import { upTo } from '../state/lru-options.js';
import { type ReadEntry, readEntry } from './entry-message.js';
import { type HandedOutcome, type HandedResult, isDone } from './handed-over.js';
import { writeHoldOutcome } from './hold-outcome-message.js';
import { writeOutcome } from './outcome-message.js';

/** An entry of a concert's queue, as its owner sees it. */
export type Entry =
  | {
      readonly kind: 'command';
      readonly arrival: Arrival;
      readonly command: PendingCommandOf<HandedResult>;
      readonly writeOutcome: (outcome: HandedOutcome) => string;
    }
  | {
      readonly kind: 'dropped';
      readonly arrival: Arrival;
      readonly why: WhyDropped;
      /** Whether an earlier owner may have carried it out: the log was not, or could not be, asked. */
      readonly mayBeDone: boolean;
    };

/** The most concerts whose last answered entry is remembered. */
const rememberedConcerts = 10_000;

/** Turns entries of the queue into commands, and their outcomes into answers. */
export class QueueEntries {
  /** The last entry per concert that this process answered. An entry at or before it that reappears was answered already. */
  readonly #answered = new LRUCache<string, { readonly history: string; readonly id: string }>(
    upTo(rememberedConcerts),
  );

  constructor(
    private readonly log: Pick<ConcertLog, 'purchaseOf'>,
    private readonly observer: Pick<CommandObserver, 'queueEntriesDropped'>,
  ) {}

  /** @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  toEntries(state: Concert, history: string, arrivals: readonly Arrival[]): Promise<readonly Entry[]> {
    return Promise.all(arrivals.map((arrival) => this.#toEntry(state, history, arrival)));
  }

  /** Notes that entries up to this one were answered, or may have been. */
  answered(concertId: string, history: string, id: string): void {
    this.#answered.set(concertId, { history, id });
  }

  reportDropped(concertId: string, entries: readonly Entry[]): void {
    for (const why of ['older', 'late', 'overdue', 'unreadable'] as const) {
      const count = entries.filter((entry) => entry.kind === 'dropped' && entry.why === why).length;
      if (count > 0) this.observer.queueEntriesDropped(concertId, why, count);
    }
  }

  async #toEntry(state: Concert, history: string, arrival: Arrival): Promise<Entry> {
    const read = readEntry(state.concertId, arrival.entry);
    if (read === null) return { kind: 'dropped', arrival, why: 'unreadable', mayBeDone: true };
    const why = arrival.stale ?? (this.#isAnswered(state.concertId, history, arrival.id) ? 'older' : null);
    // A stale entry is never carried out. A purchase is answered from the log if the log has it; a hold that the log has does not
    // tell whether this call about it was carried out.
    const mayBeDone = read.kind === 'hold';
    const isDropped =
      why !== null && (mayBeDone || (await this.log.purchaseOf(state, arrival.purchaseId)) === undefined);
    if (isDropped) return { kind: 'dropped', arrival, why, mayBeDone };
    return { kind: 'command', arrival, ...commandOf(read, arrival) };
  }

  #isAnswered(concertId: string, history: string, id: string): boolean {
    const last = this.#answered.get(concertId);
    return last !== undefined && last.history === history && compareQueueIds(id, last.id) <= 0;
  }
}

// Each kind of entry has the outcomes that its message can say.
const commandOf = (read: ReadEntry, { id }: Arrival) =>
  read.kind === 'purchase'
    ? {
        command: new PendingCommandOf<HandedResult>(
          purchaseCommand(read.request, read.isOrdered ? id : undefined),
        ),
        writeOutcome: writeOutcome as (outcome: HandedOutcome) => string,
      }
    : {
        command: new PendingCommandOf<HandedResult>(holdCommand(read.call)),
        writeOutcome: writeHoldOutcome as (outcome: HandedOutcome) => string,
      };

/**
 * The answer to an entry that was dropped, or whose command has its outcome.
 * @param isFenced whether an earlier owner that read the entry in time can sell nothing any more
 */
export async function toAnswer(concertId: string, entry: Entry, isFenced: boolean): Promise<Answer> {
  const { arrival } = entry;
  const outcome = await outcomeOf(entry, isFenced);
  return {
    ...arrival,
    outcome: entry.kind === 'command' ? entry.writeOutcome(outcome) : writeOutcome(outcome as RetryLater),
    // What is done can be read from the log; other outcomes cannot.
    keep: !isDone(outcome),
    ...(entry.kind === 'dropped' && entry.why === 'unreadable'
      ? { setAside: JSON.stringify({ concertId, id: arrival.id, entry: arrival.entry }) }
      : {}),
  };
}

async function outcomeOf(entry: Entry, isFenced: boolean): Promise<HandedOutcome> {
  if (entry.kind === 'dropped') {
    return entry.why === 'overdue' && isFenced && !entry.mayBeDone
      ? busy()
      : unavailable(`the request lost its place in the queue (${entry.why})`);
  }
  const outcome = await entry.command.outcome;
  if (outcome.kind !== 'decided') return outcome;
  const { result, concert } = outcome;
  // An earlier owner that read this entry and appends later may find that time has freed tickets.
  return result.kind === 'refused' && !isFenced && changesWithTime(concert)
    ? unavailable('the refusal is not certain until tickets held or waited for are settled')
    : result;
}
