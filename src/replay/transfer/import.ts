import { EventStoreUnavailable } from '../../domain/log/errors.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import { recordedEvents } from './export.js';
import { type EventLine, essenceOf, type FirstLine, type LastLine } from './log-lines.js';
import { ImportRefused, verifiedPages } from './verified-log.js';

export interface Imported {
  readonly events: number;
  /** The number of these that an earlier import had written. */
  readonly alreadyThere: number;
  readonly sha256: string;
}

/** The source of an exported log. Its lines are without line ends. */
export type LogSource =
  /** A source that can be read twice: the log is verified whole before anything is written. */
  | { readonly kind: 'file'; readonly lines: () => AsyncIterable<string> }
  /** A source that can be read once: each page is verified before it is written. Only for version 2. */
  | { readonly kind: 'pipe'; readonly lines: () => AsyncIterable<string> };

/** Events and characters per append: both below a store's limits. */
const mostEvents = 500;
const mostCharacters = 256 * 1024;

/**
 * Writes an exported log into a store that is empty, or that holds the beginning of the same log from an interrupted import. The
 * events that are there are compared one by one, and the rest are appended in the same order and under the same ids. A store that
 * holds anything else is refused before anything is written. Only verified events are written.
 *
 * Memory: a page of the log and two appends, one in flight and one being gathered. Two are never in flight, so the order of the
 * whole log is kept.
 * @throws {ImportRefused}
 * @throws {EventStoreUnavailable}; the same import, run again, continues from there
 */
export async function importLog(
  store: Pick<EventStore, 'read' | 'subscribe' | 'append'>,
  source: LogSource,
  onEvents: (events: number) => void = () => {},
): Promise<Imported> {
  if (source.kind === 'file') await verify(source.lines());
  const importing = new Importing(store, onEvents);
  const pages = verifiedPages(source.lines(), (first) => {
    if (source.kind === 'pipe' && first.version === 1) {
      throw new ImportRefused(
        'A log of version 1 can only be verified whole: import it from a file, not a pipe.',
      );
    }
  });
  const nextPage = () => pages.next().catch((error: unknown) => importing.breakOff(error));
  try {
    for (;;) {
      const next = await nextPage();
      if (next.done === true) return await importing.finish(next.value);
      await importing.take(next.value.first, next.value.events);
    }
  } finally {
    await importing.close();
    await pages.return({ events: 0, sha256: '' });
  }
}

async function verify(lines: AsyncIterable<string>): Promise<void> {
  const pages = verifiedPages(lines);
  while ((await pages.next()).done !== true);
}

class Importing {
  #existing: AsyncGenerator<RecordedEvent> | null = null;
  #isComparing = true;
  #run: EventLine[] = [];
  #runLength = 0;
  #appending = Promise.resolve();
  #alreadyThere = 0;
  /** The number of events appended. */
  #written = 0;

  constructor(
    private readonly store: Pick<EventStore, 'read' | 'subscribe' | 'append'>,
    private readonly onEvents: (events: number) => void,
  ) {}

  async take(first: FirstLine, events: readonly EventLine[]): Promise<void> {
    this.#existing ??= recordedEvents(this.store, first.concertId);
    for (const event of events) await this.#event(event);
  }

  async finish({ events, sha256 }: LastLine): Promise<Imported> {
    await this.#flush();
    await this.#appending;
    if (this.#isComparing && (await this.#nextExisting()) !== null) {
      throw new ImportRefused('The store holds the whole log and more. Nothing was written.');
    }
    return { events, alreadyThere: this.#alreadyThere, sha256 };
  }

  /** The log cannot be read further: writes the verified events, and throws the reason. */
  async breakOff(reason: unknown): Promise<never> {
    await this.#flush();
    await this.#appending;
    throw reason instanceof ImportRefused && this.#written > 0
      ? new ImportRefused(`${reason.message} ${this.#written} events before it are imported.`)
      : reason;
  }

  async close(): Promise<void> {
    // The append in flight has been reported, or an earlier failure was.
    await Promise.allSettled([this.#appending]);
    await this.#existing?.return(undefined);
  }

  async #event(line: EventLine): Promise<void> {
    const essence = essenceOf(line);
    if (this.#isComparing) {
      const existing = await this.#nextExisting();
      if (existing !== null) {
        if (essenceOf(existing) !== essence) throw somethingElse(existing);
        this.#alreadyThere += 1;
        this.onEvents(1);
        return;
      }
      this.#isComparing = false;
    }
    const isFull = this.#run.length >= mostEvents || this.#runLength + essence.length > mostCharacters;
    if (isFull || this.#run[0]?.concertId !== line.concertId) await this.#flush();
    this.#run.push(line);
    this.#runLength += essence.length;
  }

  async #nextExisting(): Promise<RecordedEvent | null> {
    const next = await this.#existing?.next();
    return next === undefined || next.done === true ? null : next.value;
  }

  /**
   * Appends events of one concert that follow each other in the file at once, which keeps the order of the whole log. The next
   * append is gathered while one is in flight.
   */
  async #flush(): Promise<void> {
    const run = this.#run;
    this.#run = [];
    this.#runLength = 0;
    await this.#appending;
    this.#appending = this.#append(run);
    // The failure is reported to its waiter: the next append, or the end of the import.
    this.#appending.catch(() => {});
  }

  async #append(run: readonly EventLine[]): Promise<void> {
    const [first] = run;
    if (first === undefined) return;
    const events = run.map(({ concertId: _, revision: __, ...copy }) => copy);
    const result = await this.store.append(first.concertId, first.revision - 1n, events);
    if (result.kind === 'unknown') throw new EventStoreUnavailable(result.problem);
    if (result.kind !== 'appended') {
      throw new ImportRefused(
        result.kind === 'rejected'
          ? `The store does not take the events of concert ${first.concertId}: ${result.problem}`
          : `Concert ${first.concertId} is not at revision ${first.revision - 1n}: another process writes to the store. Stop the service and import again.`,
      );
    }
    this.#written += events.length;
    this.onEvents(events.length);
  }
}

const somethingElse = ({ concertId, revision, type }: RecordedEvent): ImportRefused =>
  new ImportRefused(
    `The store already holds other events (${type} of concert ${concertId}, revision ${revision}, where the log has another). Nothing was written. Import into an empty store, or under another NAMESPACE.`,
  );
