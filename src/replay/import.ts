import { createHash } from 'node:crypto';
import { EventStoreUnavailable } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { RecordedEvent } from '../event-store/recorded-event.js';
import { recordedEvents } from './export.js';
import { type EventLine, essenceOf, type LastLine, NotALogLine, parseLine } from './log-lines.js';

export interface Imported {
  readonly events: number;
  /** Of these, how many an earlier import had brought. */
  readonly alreadyThere: number;
  readonly sha256: string;
}

/** The import cannot be done, or not go on; the message says why and what to do. Nothing was overwritten. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

/** Events and characters per append: both below what a store takes in one. */
const mostEvents = 500;
const mostCharacters = 256 * 1024;

/**
 * Writes an exported log into a store that is empty, or that an earlier import of the same file was writing into when it was
 * cut off: what is there is compared, event by event, and the rest appended, in the same order and under the same ids. A store
 * that holds anything else is refused before anything is written.
 *
 * Memory: two appends, one under way and one being gathered. Never two under way: the order of the whole log is kept.
 * @param lines of one file, without line ends
 * @throws {ImportRefused}
 * @throws {EventStoreUnavailable}; the same import goes on from there
 */
export async function importLog(
  store: Pick<EventStore, 'read' | 'subscribe' | 'append'>,
  lines: AsyncIterable<string>,
  onEvents: (events: number) => void = () => {},
): Promise<Imported> {
  const importing = new Importing(store, onEvents);
  try {
    for await (const text of lines) {
      if (text !== '') await importing.take(text);
    }
    return await importing.finish();
  } finally {
    await importing.close();
  }
}

class Importing {
  readonly #hash = createHash('sha256');
  #existing: AsyncGenerator<RecordedEvent> | null = null;
  #isComparing = true;
  #run: EventLine[] = [];
  #runLength = 0;
  #appending = Promise.resolve();
  #lineNumber = 0;
  #events = 0;
  #alreadyThere = 0;
  #last: LastLine | null = null;

  constructor(
    private readonly store: Pick<EventStore, 'read' | 'subscribe' | 'append'>,
    private readonly onEvents: (events: number) => void,
  ) {}

  async take(text: string): Promise<void> {
    this.#lineNumber += 1;
    const parsed = this.#parse(text);
    if (this.#lineNumber === 1) {
      if (parsed.kind !== 'first') throw new ImportRefused('This is not a log that onsale has exported.');
      this.#existing = recordedEvents(this.store, parsed.line.concertId);
    } else if (this.#last !== null) throw this.#badLine('it comes behind the last line');
    else if (parsed.kind === 'last') this.#last = parsed.line;
    else if (parsed.kind === 'event') await this.#event(parsed.line);
    else throw this.#badLine('another log begins here');
  }

  async finish(): Promise<Imported> {
    await this.#flush();
    await this.#appending;
    if (this.#last === null) {
      throw new ImportRefused(
        `The file ends early, after ${this.#events} events, which are imported. Export again; the import of the whole file goes on from here.`,
      );
    }
    if (this.#isComparing && (await this.#nextExisting()) !== null) {
      throw new ImportRefused('The store holds the whole file and more. Nothing was written.');
    }
    const sha256 = this.#hash.digest('hex');
    if (this.#events !== this.#last.events || sha256 !== this.#last.sha256) {
      throw new ImportRefused('The file was changed since its export: it does not amount to its last line.');
    }
    return { events: this.#events, alreadyThere: this.#alreadyThere, sha256 };
  }

  async close(): Promise<void> {
    // What became of an append under way was told, or something worse was.
    await Promise.allSettled([this.#appending]);
    await this.#existing?.return(undefined);
  }

  async #event(line: EventLine): Promise<void> {
    const essence = essenceOf(line);
    this.#hash.update(essence).update('\n');
    this.#events += 1;
    if (this.#isComparing) {
      const existing = await this.#nextExisting();
      if (existing !== null) {
        if (essenceOf(existing) !== essence) throw this.#somethingElse(existing);
        this.#alreadyThere += 1;
        this.onEvents(1);
        return;
      }
      this.#isComparing = false;
    }
    const isFull = this.#run.length >= mostEvents || this.#runLength + essence.length > mostCharacters;
    if (isFull || this.#run[0]?.concertId !== line.concertId) await this.#flush();
    const before = this.#run.at(-1);
    if (before !== undefined && line.revision !== before.revision + 1n) {
      throw this.#badLine(`it is revision ${line.revision} behind ${before.revision} of the same concert`);
    }
    this.#run.push(line);
    this.#runLength += essence.length;
  }

  async #nextExisting(): Promise<RecordedEvent | null> {
    const next = await this.#existing?.next();
    return next === undefined || next.done === true ? null : next.value;
  }

  /**
   * Events of one concert that follow each other in the file are one append: it keeps the order of the whole log. The next is
   * gathered while it is under way.
   */
  async #flush(): Promise<void> {
    const run = this.#run;
    this.#run = [];
    this.#runLength = 0;
    await this.#appending;
    this.#appending = this.#append(run);
    // Told to whoever waits for it: the next append, or the end.
    this.#appending.catch(() => {});
  }

  async #append(run: readonly EventLine[]): Promise<void> {
    const [first] = run;
    if (first === undefined) return;
    const events = run.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }));
    const result = await this.store.append(first.concertId, first.revision - 1n, events);
    if (result.kind === 'unknown') throw new EventStoreUnavailable(result.problem);
    if (result.kind !== 'appended') {
      throw new ImportRefused(
        result.kind === 'rejected'
          ? `The store does not take the events of concert ${first.concertId}: ${result.problem}`
          : `Concert ${first.concertId} is not at revision ${first.revision - 1n}: either the file has a gap there, or somebody else writes to the store. Stop the service and import again.`,
      );
    }
    this.onEvents(events.length);
  }

  #parse(text: string) {
    try {
      return parseLine(text);
    } catch (error) {
      throw error instanceof NotALogLine ? this.#badLine(error.message) : error;
    }
  }

  #badLine(problem: string): ImportRefused {
    return new ImportRefused(`Line ${this.#lineNumber} is not as exported: ${problem}.`);
  }

  #somethingElse({ concertId, revision, type }: RecordedEvent): ImportRefused {
    return new ImportRefused(
      `The store already holds other events (${type} of concert ${concertId}, revision ${revision}, where line ${this.#lineNumber} has another). Nothing was written. Import into an empty store, or under another NAMESPACE.`,
    );
  }
}
