import { LRUCache } from 'lru-cache';
import { metastreamOf, originalOf } from './deletion.js';
import type { Description, Log } from './log.js';
import type { RecordedEvent } from './model.js';

const MAX_STREAMS = 1_000;
/** An event of more bytes is read again each time. */
const MAX_BYTES = 16_384;

/** What is known of a stream until the next commit that concerns it. */
interface End {
  readonly description: Promise<Description>;
  last?: Promise<RecordedEvent | undefined>;
}

/**
 * The ends of streams that were read lately, kept in memory as a real server keeps them: a reader that asks whether a stream has
 * moved on asks for its last event. Nobody else writes to the log, so what is kept is right until the next commit. A read that was
 * sent to Postgres before a commit may miss it; then it began before that append was answered.
 */
export class StreamEnds {
  private readonly ends = new LRUCache<string, End>({ max: MAX_STREAMS });

  constructor(private readonly log: Pick<Log, 'describe' | 'streamPage'>) {}

  /** As in the log. */
  describe(stream: string): Promise<Description> {
    return this.endOf(stream).description;
  }

  /** As in the log. */
  readonly streamPage: Log['streamPage'] = async (stream, revision, direction, limit, signal) => {
    const end = this.endOf(stream);
    const { head } = await end.description;
    const isEnd =
      direction === 'forwards' ? revision === head : limit === 1 && revision >= (head ?? revision);
    if (head === null || !isEnd) return this.log.streamPage(stream, revision, direction, limit, signal);
    end.last ??= this.readLast(stream, head, end);
    const last = await end.last;
    return last === undefined ? [] : [last];
  };

  /** Must be called with all events of a commit before any of its appends is answered. */
  committed(events: readonly RecordedEvent[]): void {
    for (const stream of new Set(events.map((event) => event.stream))) {
      for (const each of [stream, metastreamOf(stream), originalOf(stream) ?? stream]) this.ends.delete(each);
    }
  }

  /** Must be called when it is not known whether a commit was made. */
  forget(): void {
    this.ends.clear();
  }

  private endOf(stream: string): End {
    const known = this.ends.get(stream);
    if (known !== undefined) return known;
    const end: End = { description: this.log.describe(stream) };
    this.ends.set(stream, end);
    end.description.catch(() => this.drop(stream, end));
    return end;
  }

  private async readLast(stream: string, head: bigint, end: End): Promise<RecordedEvent | undefined> {
    try {
      const [last] = await this.log.streamPage(stream, head, 'forwards', 1);
      if (last === undefined || last.data.length + last.metadata.length > MAX_BYTES) delete end.last;
      return last;
    } catch (error) {
      this.drop(stream, end);
      throw error;
    }
  }

  private drop(stream: string, end: End): void {
    if (this.ends.peek(stream) === end) this.ends.delete(stream);
  }
}
