import type { Concert } from '../domain/concert.js';
import { SharedLookups } from '../waiting/shared-lookups.js';
import type { PendingCommand } from './pending-command.js';
import type { CachingLoader } from './state/concert-loader.js';
import type { ConcertLog } from './state/concert-log.js';

/**
 * Answers what needs no event: sold out, a repeat, a limit reached. Such an answer changes nothing, so it needs neither
 * lock nor place in line, only a state that is current. What the state in memory would refuse is checked against a current
 * one, and that check is shared by everybody who asks meanwhile, so a crowd at a sold-out concert costs one look-up at a
 * time.
 */
export class NoAppendFastPath {
  readonly #current: SharedLookups<Concert>;

  constructor(
    private readonly known: CachingLoader,
    private readonly log: ConcertLog,
    private readonly now: () => string,
  ) {
    this.#current = new SharedLookups((concertId) => known.load(concertId));
  }

  /** Whether the task was answered. Rejects when neither Redis nor the log can say what is current. */
  async answer(task: PendingCommand): Promise<boolean> {
    const known = this.known.peek(task.concertId);
    if (known === undefined) return false;
    if (task.needsRecall(known)) await task.recall(known, this.log);
    if (task.needsEvent(known, this.now)) return false;
    const current = await this.#current.get(task.concertId);
    if (task.needsRecall(current)) return false;
    if (task.decide(current, this.now()).length > 0) return false;
    task.resolve(current);
    return true;
  }
}
