import type { Direction, Log } from './log.js';
import type { RecordedEvent } from './model.js';
import { keeps, type Retention } from './retention.js';

export const FIRST_PAGE = 32;
const LARGEST_PAGE = 512;
const PAGE_BYTES = 1024 * 1024;

/** How many events to ask for: few at first, then as many as amount to about a MiB. */
export class PageSize {
  events = FIRST_PAGE;

  learn(page: readonly RecordedEvent[]): void {
    if (page.length === 0) return;
    const bytes = page.reduce((size, event) => size + event.data.length + event.metadata.length, 0);
    const fitting = Math.floor((PAGE_BYTES * page.length) / Math.max(bytes, 1));
    this.events = Math.max(1, Math.min(LARGEST_PAGE, this.events * 4, fitting));
  }
}

/** How a call reads: to which end, how many events it wants at most, and when nobody waits for it any more. */
export interface Reading {
  readonly direction: Direction;
  readonly count: bigint;
  readonly signal: AbortSignal;
}

/** What there is of a stream, a page at a time, from `from` on. @throws the reason of `signal` instead of reading on */
const streamPages = (log: Log, stream: string, from: bigint, reading: Reading) =>
  pages(
    from,
    (next, limit) => log.streamPage(stream, next, reading.direction, limit, reading.signal),
    ({ revision }) => (reading.direction === 'forwards' ? revision + 1n : revision - 1n),
    reading,
  );

/** The same, of what the stream's metadata leaves to be seen. */
export async function* keptPages(
  log: Log,
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

/** What there is of the whole log, a page at a time. @throws the reason of `signal` instead of reading on */
export const allPages = (log: Log, from: bigint, reading: Reading) =>
  pages(
    from,
    (next, limit) => log.allPage(next, reading.direction, limit, reading.signal),
    ({ position }) => (reading.direction === 'forwards' ? position + 1n : position),
    reading,
  );

/**
 * The next page is read while the one before is being sent, unless that is as much as was asked for. There is more even then:
 * not all that is read need be shown.
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
  // Whoever takes the page is told; who leaves before it need not be.
  page.catch(() => {});
  return { limit, page };
}
