import { createHash } from 'node:crypto';
import { LineTooLong } from './lines.js';
import {
  Continuity,
  type EventLine,
  essenceOf,
  type FirstLine,
  type LastLine,
  NotALogLine,
  type PageLine,
  pageSize,
  parseLine,
} from './log-lines.js';

/** The import is impossible or cannot continue; the message says why and what to do. Nothing was overwritten. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

export interface VerifiedPage {
  readonly first: FirstLine;
  readonly events: readonly EventLine[];
}

/**
 * Yields the events of an exported log, a page at a time, each verified before. A log of version 1 can only be verified at its
 * end: its events must not be used unless the same log has been read to its end before.
 * @param lines of one log, without line ends
 * @returns the figures of its last line
 * @throws {ImportRefused}
 */
export async function* verifiedPages(
  lines: AsyncIterable<string>,
  onFirst: (first: FirstLine) => void = () => {},
): AsyncGenerator<VerifiedPage, LastLine> {
  const reading = new Reading();
  try {
    for await (const text of lines) {
      if (text === '') continue;
      const isFirst = reading.first === null;
      const page = reading.take(text);
      if (isFirst && reading.first !== null) onFirst(reading.first);
      if (page !== null && page.events.length > 0) yield page;
    }
  } catch (error) {
    throw error instanceof LineTooLong ? reading.badLine(error.message, 1) : error;
  }
  return reading.finish();
}

class Reading {
  readonly #hash = createHash('sha256');
  first: FirstLine | null = null;
  #continuity = new Continuity(null);
  #line = 0;
  #events = 0;
  #page: EventLine[] = [];
  #characters = 0;
  #last: LastLine | null = null;

  /** The page that this line completes; null in the middle of a page. */
  take(text: string): VerifiedPage | null {
    this.#line += 1;
    const { kind, line } = this.#orBadLine(() => parseLine(text));
    if (this.first === null) {
      if (kind !== 'first') throw new ImportRefused('This is not a log that onsale has exported.');
      this.first = line;
      this.#continuity = new Continuity(line.concertId);
      return null;
    }
    if (this.#last !== null) throw this.badLine('it comes behind the last line');
    if (kind === 'first') throw this.badLine('another log begins here');
    if (kind === 'event') {
      if (this.#isFull) throw this.badLine('the line of its page is missing');
      this.#add(line);
      return this.#isFull && this.first.version === 1 ? this.#takePage(this.first) : null;
    }
    this.#verify(line);
    if (kind === 'last') this.#last = line;
    return this.#takePage(this.first);
  }

  get #isFull(): boolean {
    return this.#page.length >= pageSize.events || this.#characters >= pageSize.characters;
  }

  finish(): LastLine {
    if (this.first === null) throw new ImportRefused('The file is empty.');
    if (this.#last === null) {
      throw new ImportRefused(`The log ends early, after ${this.#events} events. Export it again.`);
    }
    if (this.#last.events === 0)
      throw new ImportRefused('The log holds no events: there is nothing to import.');
    return this.#last;
  }

  /** @param ahead the number of lines after the last one imported */
  badLine(problem: string, ahead = 0): ImportRefused {
    return new ImportRefused(`Line ${this.#line + ahead} is not as exported: ${problem}.`);
  }

  #add(event: EventLine): void {
    this.#orBadLine(() => this.#continuity.add(event));
    const essence = essenceOf(event);
    this.#hash.update(essence).update('\n');
    this.#events += 1;
    this.#page.push(event);
    this.#characters += essence.length;
  }

  #verify({ events, sha256 }: PageLine): void {
    if (events !== this.#events || sha256 !== this.#hash.copy().digest('hex')) {
      throw this.badLine('the events before it were changed since the export: their number or hash differs');
    }
  }

  #takePage(first: FirstLine): VerifiedPage {
    const events = this.#page;
    this.#page = [];
    this.#characters = 0;
    return { first, events };
  }

  #orBadLine<T>(take: () => T): T {
    try {
      return take();
    } catch (error) {
      throw error instanceof NotALogLine ? this.badLine(error.message) : error;
    }
  }
}
