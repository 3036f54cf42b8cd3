import { randomUUID } from 'node:crypto';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument } from './errors.js';
import { checkpointInterval, everything, type Filter, filterOf } from './filter.js';
import { AllFollower, type Follower, StreamFollower } from './followers.js';
import type { Log } from './log.js';
import { revision, streamName } from './messages.js';
import type { RecordedEvent } from './model.js';
import type { Outlet } from './outlet.js';
import { PageSize } from './pages.js';
import { positionOf } from './position.js';
import type { Tail } from './tail.js';
import { caughtUpResponse, checkpointResponse, confirmationResponse, eventResponse } from './wire.js';

type Options = streams.ReadReq.Options;

/** Confirms the subscription, then sends what there is and what comes, until the call is over. */
export async function subscribe(options: Options, outlet: Outlet, log: Log, tail: Tail): Promise<void> {
  if (options.getReadDirection() !== 0) throw invalidArgument('A subscription reads forwards');
  const follower = options.hasAll() ? followAll(options, log, tail) : followStream(options, log, tail);
  const subscription = new Subscription(options, outlet, follower);
  outlet.write(confirmationResponse(randomUUID()));
  for (;;) {
    await subscription.sendNext();
    if (await follower.isLive()) await subscription.sayCaughtUp();
    if (follower.position >= tail.head) await tail.beyond(follower.position, outlet.signal);
  }
}

function followAll(options: Options, log: Log, tail: Tail): Follower {
  const from = positionOf(options.getAll());
  return new AllFollower(log, tail, from === 'end' ? tail.head : from);
}

function followStream(options: Options, log: Log, tail: Tail): Follower {
  const from = options.getStream();
  if (options.hasFilter()) throw invalidArgument('A subscription to a stream has no filter');
  const stream = streamName(from?.getStreamIdentifier());
  if (from?.hasStart()) return new StreamFollower(log, tail, stream, -1n);
  return new StreamFollower(
    log,
    tail,
    stream,
    from?.hasRevision() ? revision(from.getRevision()) : undefined,
  );
}

class Subscription {
  private readonly matches: Filter;
  /** Events between checkpoints; undefined where there are none to send. */
  private readonly interval: number | undefined;
  private readonly structuredIds: boolean;
  private readonly size = new PageSize();
  private considered = 0;
  private saidCaughtUp = false;

  constructor(
    options: Options,
    private readonly outlet: Outlet,
    private readonly follower: Follower,
  ) {
    const filter = options.getFilter();
    this.matches = filter === undefined ? everything : filterOf(filter);
    this.interval = filter === undefined ? undefined : checkpointInterval(filter);
    this.structuredIds = !options.getUuidOption()?.hasString();
  }

  async sendNext(): Promise<void> {
    this.outlet.signal.throwIfAborted();
    const page = await this.follower.next(this.size.events);
    for (const event of page) await this.consider(event);
    this.size.learn(page);
  }

  /** Once, with a checkpoint before it that tells a filtered subscription how far it has come. */
  async sayCaughtUp(): Promise<void> {
    if (this.saidCaughtUp) return;
    this.saidCaughtUp = true;
    if (this.interval !== undefined && this.follower.position > 0n)
      await this.send(checkpointResponse(this.follower.position));
    await this.send(caughtUpResponse());
  }

  private async consider(event: RecordedEvent): Promise<void> {
    if (this.matches(event)) await this.send(eventResponse(event, this.structuredIds));
    if (this.interval === undefined || ++this.considered < this.interval) return;
    this.considered = 0;
    await this.send(checkpointResponse(event.position));
  }

  private async send(response: Buffer): Promise<void> {
    if (!this.outlet.write(response)) await this.outlet.drained();
  }
}
