import type { Log } from './log.js';
import type { Filter, Heading, RecordedEvent } from './model.js';
import { FIRST_PAGE, PageSize } from './pages.js';

/** The number of headings that are read at once, and the most whole events that are loaded for them. */
const HEADINGS = 4_096;
const WHOLE = FIRST_PAGE;
/** Where a filter passes fewer than one event in so many, headings are read first. */
const SPARSE = 16;

/** An event, or its heading where the filter does not pass it. */
export type Considered = RecordedEvent | Heading;

/**
 * Reads the log after a position, a page at a time. While a filter passes hardly any event, the others are read without their
 * data: a subscription to a rare type of event costs little on a long log.
 */
export class CatchUpReader {
  private readonly size = new PageSize();
  private sparse = false;

  constructor(
    private readonly log: Log,
    private readonly wanted: Filter,
    private readonly signal: AbortSignal,
  ) {}

  /** The number of whole events in a page. */
  get events(): number {
    return this.size.events;
  }

  async page(position: bigint): Promise<readonly Considered[]> {
    const page = this.sparse ? await this.skim(position + 1n) : await this.read(position + 1n);
    const found = page.filter(this.wanted).length;
    this.sparse = page.length >= FIRST_PAGE && found * SPARSE < page.length;
    return page;
  }

  private async read(from: bigint): Promise<readonly RecordedEvent[]> {
    const page = await this.log.allPage(from, 'forwards', this.size.events, this.signal);
    this.size.learn(page);
    return page;
  }

  private async skim(from: bigint): Promise<readonly Considered[]> {
    const headings = await this.log.headings(from, HEADINGS);
    const wanted = headings.filter(this.wanted);
    const tooMany = wanted[WHOLE];
    const page = tooMany === undefined ? headings : headings.slice(0, headings.indexOf(tooMany));
    const positions = wanted.slice(0, WHOLE).map(({ position }) => position);
    const whole = new Map<bigint, Considered>();
    for (const event of await this.log.eventsAt(positions)) whole.set(event.position, event);
    return page.map((heading) => whole.get(heading.position) ?? heading);
  }
}
