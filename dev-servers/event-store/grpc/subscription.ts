import { randomUUID } from 'node:crypto';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { CatchUpReader, type Considered } from '../log/catch-up-reader.js';
import { isTombstone } from '../log/deletion.js';
import { followed, isLink, type Shown } from '../log/links.js';
import type { Log } from '../log/log.js';
import { everything, type Filter, LAST, type RecordedEvent, StreamDeleted } from '../log/model.js';
import { keptPages, type Reading } from '../log/pages.js';
import { retentionOf } from '../log/retention.js';
import type { Tail } from '../log/tail.js';
import {
  caughtUpResponse,
  checkpointResponse,
  confirmationResponse,
  eventResponse,
} from './encode-response.js';
import { invalidArgument } from './errors.js';
import { checkpointInterval, filterOf } from './filter.js';
import { positionOf, revision, streamName } from './parse-request.js';
import type { ResponseStream } from './response-stream.js';

type Options = streams.ReadReq.Options;

/**
 * Confirms the subscription, then sends the events that are there and those that come, until the call ends.
 * @throws {StreamDeleted} where the stream has a tombstone, or gets one
 */
export async function subscribe(
  options: Options,
  outlet: ResponseStream<Buffer>,
  log: Log,
  tail: Tail,
): Promise<void> {
  if (options.getReadDirection() !== 0) throw invalidArgument('A subscription reads forwards');
  const subscription = new Subscription(options, outlet, log, tail);
  const from = options.hasAll() ? positionOf(options.getAll()) : 'end';
  const position = from === 'end' ? tail.head : from;
  if (options.hasStream()) await subscription.followStream(options.getStream());
  else {
    subscription.confirm();
    await subscription.follow(position);
  }
}

class Subscription {
  private readonly filter: Filter;
  /** Events between checkpoints; undefined for a subscription without checkpoints. */
  private readonly interval: number | undefined;
  private readonly structuredIds: boolean;
  private readonly resolves: boolean;
  private readonly everything: Reading;
  private considered = 0;
  private isOfStream = false;

  constructor(
    options: Options,
    private readonly outlet: ResponseStream<Buffer>,
    private readonly log: Log,
    private readonly tail: Tail,
  ) {
    const filter = options.getFilter();
    this.filter = filter === undefined ? everything : filterOf(filter);
    this.interval = filter === undefined ? undefined : checkpointInterval(filter);
    this.structuredIds = !options.getUuidOption()?.hasString();
    this.resolves = options.getResolveLinks();
    this.everything = { direction: 'forwards', count: LAST, signal: outlet.signal };
  }

  confirm(): void {
    this.outlet.write(confirmationResponse(randomUUID()));
  }

  /** Sends the stream as it is, then its events from the log, from the end that the log had before. */
  async followStream(from: streams.ReadReq.Options.StreamOptions | undefined): Promise<void> {
    const stream = streamName(from?.getStreamIdentifier());
    const after = from?.hasRevision() ? revision(from.getRevision()) : from?.hasStart() ? -1n : undefined;
    let seen = after ?? -1n;
    const { head } = this.tail;
    const retention = after === undefined ? null : await retentionOf(this.log, stream);
    this.confirm();
    if (after !== undefined && retention !== null)
      for await (const page of keptPages(this.log, stream, after + 1n, this.everything, retention)) {
        for (const event of page) await this.consider(event, everything);
        seen = page.at(-1)?.revision ?? seen;
      }
    const wanted: Filter = (event) => event.stream === stream && event.revision > seen;
    this.isOfStream = true;
    await this.follow(
      head,
      wanted,
      async () => after === undefined || (await retentionOf(this.log, stream)) !== null,
    );
  }

  /**
   * Sends the events after `position`, without end: from the tail while it reaches back far enough, else from Postgres, where the
   * next page is read while one is sent. So a subscriber, however slow, misses nothing and costs two pages.
   * @param isThere whether the stream exists: as on a real server, a subscriber to one that does not is not told that it caught up
   */
  async follow(position: bigint, wanted = this.filter, isThere = async () => true): Promise<void> {
    const behind = new CatchUpReader(this.log, wanted, this.outlet.signal);
    let reached = position;
    let caughtUp = false;
    let coming: Promise<readonly Considered[]> | null = null;
    for (;;) {
      this.outlet.signal.throwIfAborted();
      const recent = this.tail.after(reached, behind.events);
      const page: readonly Considered[] = recent ?? (await (coming ?? behind.page(reached)));
      const sent = reached;
      reached = page.at(-1)?.position ?? reached;
      coming = recent === undefined && reached > sent ? behind.page(reached) : null;
      // The read is abandoned when the call ends, or when the tail has its events.
      coming?.catch(() => {});
      for (const event of page) await this.consider(event, wanted);
      if (reached < this.tail.head) continue;
      if (!caughtUp && (await isThere())) {
        caughtUp = true;
        await this.sayCaughtUp(reached);
      }
      await this.tail.beyond(reached, this.outlet.signal);
    }
  }

  private async consider(event: Considered, wanted: Filter): Promise<void> {
    if ('data' in event && wanted(event))
      await this.send(eventResponse(await this.shown(event), this.structuredIds));
    if (this.isOfStream && isTombstone(event) && wanted(event)) throw new StreamDeleted(event.stream);
    if (this.interval === undefined || ++this.considered < this.interval) return;
    this.considered = 0;
    await this.send(checkpointResponse(event.position));
  }

  private shown(event: RecordedEvent): Shown | Promise<Shown> {
    return this.resolves && isLink(event) ? followed(this.log, event) : { event };
  }

  /** Sends `caught-up`, after a checkpoint that tells a filtered subscription its position. */
  private async sayCaughtUp(position: bigint): Promise<void> {
    if (this.interval !== undefined && position > 0n) await this.send(checkpointResponse(position));
    await this.send(caughtUpResponse());
  }

  private async send(response: Buffer): Promise<void> {
    if (!this.outlet.write(response)) await this.outlet.drained();
  }
}
