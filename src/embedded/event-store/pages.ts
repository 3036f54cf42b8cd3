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

/** What there is of a stream, a page at a time, from `from` on. */
export const streamPages = (log: Log, stream: string, from: bigint, direction: Direction) =>
  pages(
    from,
    (next, limit) => log.streamPage(stream, next, direction, limit),
    ({ revision }) => (direction === 'forwards' ? revision + 1n : revision - 1n),
  );

/** The same, of what the stream's metadata leaves to be seen. */
export async function* keptPages(
  log: Log,
  stream: string,
  from: bigint,
  direction: Direction,
  retention: Retention,
): AsyncGenerator<RecordedEvent[]> {
  const start = direction === 'forwards' && from < retention.first ? retention.first : from;
  for await (const page of streamPages(log, stream, start, direction)) {
    const kept = page.filter((event) => keeps(retention, event));
    yield kept;
    if (direction === 'backwards' && kept.length < page.length) return;
  }
}

/** What there is of the whole log, a page at a time. */
export const allPages = (log: Log, from: bigint, direction: Direction) =>
  pages(
    from,
    (next, limit) => log.allPage(next, direction, limit),
    ({ position }) => (direction === 'forwards' ? position + 1n : position),
  );

/** The next page is read while the one before is being sent. */
async function* pages(
  from: bigint,
  read: (next: bigint, limit: number) => Promise<RecordedEvent[]>,
  following: (last: RecordedEvent) => bigint,
): AsyncGenerator<RecordedEvent[]> {
  const size = new PageSize();
  let limit = size.events;
  let coming: Promise<RecordedEvent[]> | null = read(from, limit);
  while (coming !== null) {
    const page: RecordedEvent[] = await coming;
    size.learn(page);
    const last = page.at(-1);
    coming = last === undefined || page.length < limit ? null : read(following(last), size.events);
    // Whoever takes the next page is told; who leaves before it need not be.
    coming?.catch(() => {});
    limit = size.events;
    yield page;
  }
}
