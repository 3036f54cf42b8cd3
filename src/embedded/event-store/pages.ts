import type { Direction, Log } from './log.js';
import type { RecordedEvent } from './model.js';

/** The next events in order, at most `limit`; fewer at the end of what there is. */
export type Pages = (limit: number) => Promise<readonly RecordedEvent[]>;

/** The highest revision or position there can be. */
export const LAST = 2n ** 63n - 1n;

export function streamPages(log: Log, stream: string, from: bigint, direction: Direction): Pages {
  let next = from;
  return async (limit) => {
    const events = await log.streamPage(stream, next, direction, limit);
    const last = events.at(-1);
    if (last !== undefined) next = direction === 'forwards' ? last.revision + 1n : last.revision - 1n;
    return events;
  };
}

export function allPages(log: Log, from: bigint, direction: Direction): Pages {
  let next = from;
  return async (limit) => {
    const events = await log.allPage(next, direction, limit);
    const last = events.at(-1);
    if (last !== undefined) next = direction === 'forwards' ? last.position + 1n : last.position;
    return events;
  };
}

const FIRST_PAGE = 32;
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

/** Does the stream have events? */
export async function exists(log: Log, stream: string): Promise<boolean> {
  return (await log.streamPage(stream, LAST, 'backwards', 1)).length > 0;
}
