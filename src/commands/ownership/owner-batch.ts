import type { Concert } from '../../domain/concert.js';
import { type DecideContext, type DecideResult, decideAndAppend } from '../deciding/decide-and-append.js';
import type { Taken } from '../modes/waiting-line.js';
import type { RetryLater } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import type { Read } from './owned-queue.js';

/** `moved`: not decided, because this process does not own the concert any more. */
export type OwnerAnswer = 'answered' | 'moved';

/** A command of the owner's own process. */
export interface OwnCommand {
  readonly command: PendingCommand;
  /** Whether it may share a batch with entries. */
  readonly isShared: boolean;
  readonly answer: (answer: OwnerAnswer) => void;
}

/** The commands of this process and the purchases of the queue that are decided together, on one state. */
export class OwnerBatch {
  readonly #own: readonly PendingCommand[];
  readonly #handedOver: readonly PendingCommand[];

  /** @param entriesFirst whether entries or own commands go first when not all fit one append */
  constructor(
    readonly state: Concert,
    private readonly read: Read,
    private readonly taken: Taken<OwnCommand>,
    private readonly entriesFirst: boolean,
  ) {
    this.#own = taken.items.map(({ command }) => command);
    this.#handedOver = read.entries.flatMap((entry) => (entry.kind === 'command' ? [entry.command] : []));
  }

  /** In the order in which they are decided. */
  get commands(): readonly PendingCommand[] {
    const [own, handedOver] = [this.#own, this.#handedOver];
    return this.entriesFirst ? [...handedOver, ...own] : [...own, ...handedOver];
  }

  /** Whether it has nothing that waits for an answer. */
  get isEmpty(): boolean {
    return this.read.entries.length + this.#own.length === 0;
  }

  /** The commands of this process wait again; entries are still in the queue. */
  putBack(): void {
    this.taken.putBack(0);
  }

  /** Fails the commands of this process; entries are still in the queue. */
  fail(reason: RetryLater): void {
    for (const { command, answer } of this.taken.items) {
      command.fail(reason);
      answer('answered');
    }
  }

  /** Resolves the first `count` commands; the others of this process wait again. Returns the entries that are to be answered. */
  resolve(count: number, concert: Concert): Read {
    const handedOver = this.#handedOver.length;
    const own = this.entriesFirst ? Math.max(0, count - handedOver) : Math.min(this.#own.length, count);
    this.taken.putBack(own);
    for (const { command, answer } of this.taken.items.slice(0, own)) {
      command.resolve(concert);
      answer('answered');
    }
    const { history, entries } = this.read;
    const decided = new Set(this.#handedOver.slice(0, count - own));
    for (const command of decided) command.resolve(concert);
    const undecided = entries.findIndex((entry) => entry.kind === 'command' && !decided.has(entry.command));
    return { history, entries: undecided < 0 ? entries : entries.slice(0, undecided) };
  }
}

/**
 * Decides, and appends what was decided. Answers without an append, refusals and dropped entries too, are only given on a state
 * that is the end of the log: `behind` when it is not. Rejects, with nothing appended, when the log does not answer a read.
 */
export async function decideOnLog(
  context: DecideContext & { readonly loader: Pick<ConcertLoader, 'latest'> },
  batch: OwnerBatch,
): Promise<DecideResult | 'behind'> {
  const { state } = batch;
  const result = await decideAndAppend(context, state, batch.commands);
  if (batch.isEmpty || result.kind !== 'decided' || result.appended) return result;
  const newest = await context.loader.latest(state.concertId);
  return newest.revision === state.revision ? result : 'behind';
}
