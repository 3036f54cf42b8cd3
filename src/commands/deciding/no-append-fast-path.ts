import type { Concert } from '../../domain/concert.js';
import { isDue } from '../../domain/holds/due.js';
import type { Clock } from '../../waiting/clock.js';
import { SharedLookups } from '../../waiting/shared-lookups.js';
import type { PendingCommand } from '../pending-command.js';
import type { CachingLoader } from '../state/concert-loader.js';
import type { ConcertLog } from '../state/concert-log.js';

/**
 * Resolves commands that need no event: sold out, replayed, limit reached. Such a decision changes nothing, so it needs neither
 * a lock nor a place in a queue, only a current state. A command that the cached state would refuse is decided on a state that
 * was read from the log: an older one could refuse a buyer whose purchase is there. Concurrent commands share that read, so a
 * crowd at a sold-out concert costs one read at a time. While something is due, no command is resolved so: an append comes first.
 */
export class NoAppendFastPath {
  readonly #current: SharedLookups<Concert>;

  constructor(
    private readonly loader: CachingLoader,
    private readonly log: ConcertLog,
    private readonly clock: Clock,
  ) {
    this.#current = new SharedLookups((concertId) => loader.confirm(concertId));
  }

  /** Whether the command was resolved. Rejects when the log does not answer. */
  async answer(command: PendingCommand): Promise<boolean> {
    const cached = this.loader.peek(command.concertId);
    if (cached === undefined) return false;
    if (command.needsRecall(cached)) await command.recall(cached, this.log);
    if (command.needsEvent(cached, () => this.clock.wallTime())) return false;
    const current = await this.#current.get(command.concertId);
    if (command.needsRecall(current) || isDue(current, this.clock.wallTime())) return false;
    if (command.decide(current, this.clock.wallTime()).length > 0) return false;
    command.resolve(current);
    return true;
  }
}
