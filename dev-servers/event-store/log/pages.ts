import type { Direction, Log } from './log.js';
import type { RecordedEvent } from './model.js';
import { keeps, type Retention } from './retention.js';

export const FIRST_PAGE = 32;
const LARGEST_PAGE = 512;
const PAGE_BYTES = 1024 * 1024;

/** The number of events to ask for: few at first, then about a MiB of them. */
export class PageSize {
  events = FIRST_PAGE;

  learn(page: readonly RecordedEvent[]): void {
    if (page.length === 0) return;
    const bytes = page.reduce((size, event) => size + event.data.length + event.metadata.length, 0);
    const fitting = Math.floor((PAGE_BYTES * page.length) / Math.max(bytes, 1));
    this.events = Math.max(1, Math.min(LARGEST_PAGE, this.events * 4, fitting));
  }
}

/** How a call reads: its direction, the most events that it wants, and the signal that it is over. */
export interface Reading {
  readonly direction: Direction;
  readonly count: bigint;
  readonly signal: AbortSignal;
}

type StreamLog = Pick<Log, 'streamPage'>;

/** Yields the events of a stream, a page at a time, from `from` on. @throws the reason of `signal` instead of reading on */
const streamPages = (log: StreamLog, stream: string, from: bigint, reading: Reading) =>
  pages(
    from,
    (next, limit) => log.streamPage(stream, next, reading.direction, limit, reading.signal),
    ({ revision }) => (reading.direction === 'forwards' ? revision + 1n : revision - 1n),
    reading,
  );

/** Yields those events of a stream that its metadata leaves to readers. */
export async function* keptPages(
  log: StreamLog,
  stream: string,
  from: bigint,
  reading: Reading,
  retention: Retention,
): AsyncGenerator<RecordedEvent[]> {
  const { direction } = reading;
  const start = direction === 'forwards' && from < retention.first ? retention.first : from;
  for await (const page of streamPages(log, stream, start, reading)) {
    const kept = page.filter((event) => keeps(retention, event));
    yield kept;
    if (direction === 'backwards' && kept.length < page.length) return;
  }
}

/** Yields the events of the whole log, a page at a time. @throws the reason of `signal` instead of reading on */
export const allPages = (log: Log, from: bigint, reading: Reading) =>
  pages(
    from,
    (next, limit) => log.allPage(next, reading.direction, limit, reading.signal),
    ({ position }) => (reading.direction === 'forwards' ? position + 1n : position),
    reading,
  );

/**
 * Reads the next page while the one before is sent, unless that is as much as was asked for. Even then there may be more to read,
 * because not every event that is read is shown.
 */
async function* pages(
  from: bigint,
  read: (next: bigint, limit: number) => Promise<RecordedEvent[]>,
  following: (last: RecordedEvent) => bigint,
  { count, signal }: Reading,
): AsyncGenerator<RecordedEvent[]> {
  const size = new PageSize();
  let left = count;
  const limitNow = () => (left > 0n && left < size.events ? Number(left) : size.events);
  let next = from;
  let ahead: { readonly limit: number; readonly page: Promise<RecordedEvent[]> } | null = null;
  for (;;) {
    const limit: number = ahead?.limit ?? limitNow();
    const page: RecordedEvent[] = await (ahead?.page ?? read(next, limit));
    signal.throwIfAborted();
    size.learn(page);
    const last = page.at(-1);
    if (last === undefined) return;
    left -= BigInt(page.length);
    next = following(last);
    ahead = page.length === limit && left > 0n ? readAhead(read, next, limitNow()) : null;
    yield page;
    if (page.length < limit) return;
  }
}

function readAhead<Page>(read: (next: bigint, limit: number) => Promise<Page>, next: bigint, limit: number) {
  const page = read(next, limit);
  // The consumer of the page gets the failure; a consumer that has left does not need it.
  page.catch(() => {});
  return { limit, page };
}
