import type { Log } from './log.js';
import type { RecordedEvent } from './model.js';
import { exists } from './pages.js';
import type { Tail } from './tail.js';

/**
 * Reads on without end: from the tail while it reaches back far enough, from the log else. So a subscriber,
 * however slow, misses nothing and costs a page.
 */
export interface Follower {
  /** All events wanted up to here have been returned. */
  readonly position: bigint;
  /** The next events in order; none where there are none yet, or none wanted among those looked at. */
  next(limit: number): Promise<readonly RecordedEvent[]>;
  /** Whether, with everything read, the subscriber is to be told that it has caught up. */
  isLive(): Promise<boolean>;
}

export class AllFollower implements Follower {
  /** @param position the first event returned is the first after it */
  constructor(
    private readonly log: Log,
    private readonly tail: Tail,
    public position: bigint,
  ) {}

  async next(limit: number): Promise<readonly RecordedEvent[]> {
    const events =
      this.tail.after(this.position, limit) ??
      (await this.log.allPage(this.position + 1n, 'forwards', limit));
    this.position = events.at(-1)?.position ?? this.position;
    return events;
  }

  async isLive(): Promise<boolean> {
    return this.position >= this.tail.head;
  }
}

/** Before anything was read: the tail cannot be asked, as it reaches back no further than the log's start. */
const UNREAD = -1n;

export class StreamFollower implements Follower {
  position: bigint;
  private stands: boolean;

  /** @param revision the first event returned is the first after it; undefined to begin with what comes */
  constructor(
    private readonly log: Log,
    private readonly tail: Tail,
    private readonly stream: string,
    private revision: bigint | undefined,
  ) {
    this.position = revision === undefined ? tail.head : UNREAD;
    this.stands = revision === undefined;
  }

  async next(limit: number): Promise<readonly RecordedEvent[]> {
    const events = this.fromTail(limit) ?? (await this.fromLog(limit));
    this.revision = events.at(-1)?.revision ?? this.revision;
    return events;
  }

  /** As a real server has it: who waits for a stream that does not exist yet has not caught up with it. */
  async isLive(): Promise<boolean> {
    if (this.position < this.tail.head) return false;
    this.stands ||= await exists(this.log, this.stream);
    return this.stands;
  }

  private fromTail(limit: number): RecordedEvent[] | undefined {
    const events = this.tail.after(this.position, limit);
    this.position = events?.at(-1)?.position ?? this.position;
    return events?.filter((event) => event.stream === this.stream && event.revision > (this.revision ?? -1n));
  }

  /** A page that is not full ends at what was committed when it was read, or after. */
  private async fromLog(limit: number): Promise<RecordedEvent[]> {
    const { head } = this.tail;
    const from = (this.revision ?? -1n) + 1n;
    const events = await this.log.streamPage(this.stream, from, 'forwards', limit);
    if (events.length < limit) this.position = head;
    return events;
  }
}
