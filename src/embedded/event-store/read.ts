import streams from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument, unknown } from './errors.js';
import { everything, filterOf } from './filter.js';
import type { Direction, Log } from './log.js';
import { revision, streamName } from './messages.js';
import { type BytesCall, Outlet } from './outlet.js';
import { allPages, exists, LAST, PageSize, type Pages, streamPages } from './pages.js';
import { positionOf } from './position.js';
import { subscribe } from './subscription.js';
import type { Tail } from './tail.js';
import { eventResponse, streamNotFoundResponse } from './wire.js';

type Options = streams.ReadReq.Options;

/** `Streams/Read`: reads and subscriptions, of a stream or of the whole log. */
export const readHandler =
  (log: Log, tail: Tail, stopping: AbortSignal) =>
  (call: BytesCall<streams.ReadReq>): void =>
    Outlet.serve(call, stopping, async (outlet) => {
      const options = call.request.getOptions();
      if (options === undefined) throw invalidArgument('A read has options');
      if (options.hasSubscription()) await subscribe(options, outlet, log, tail);
      else if (options.getCountOptionCase() !== streams.ReadReq.Options.CountOptionCase.COUNT)
        throw invalidArgument('A read has a count, or is a subscription');
      else if (options.hasStream()) await readStream(options, outlet, log);
      else if (options.hasAll()) await readAll(options, outlet, log);
      else throw invalidArgument('A read is of a stream or of $all');
    });

async function readStream(options: Options, outlet: Outlet, log: Log): Promise<void> {
  if (options.hasFilter()) throw invalidArgument('A read of a stream has no filter');
  const stream = streamName(options.getStream()?.getStreamIdentifier());
  if (!(await exists(log, stream))) {
    outlet.write(streamNotFoundResponse(stream));
    return;
  }
  const direction = directionOf(options);
  const from = firstRevision(options);
  if (BigInt(options.getCount()) === 0n || (from === undefined && direction === 'forwards'))
    throw unknown('Unexpected ReadStreamResult: Error');
  await send(options, outlet, streamPages(log, stream, from ?? LAST, direction));
}

async function readAll(options: Options, outlet: Outlet, log: Log): Promise<void> {
  const direction = directionOf(options);
  const from = positionOf(options.getAll());
  await send(options, outlet, allPages(log, from === 'end' ? LAST : from, direction));
}

/** Holds a page at a time, however long the read. */
async function send(options: Options, outlet: Outlet, pages: Pages): Promise<void> {
  const filter = options.getFilter();
  const matches = filter === undefined ? everything : filterOf(filter);
  const structuredIds = !options.getUuidOption()?.hasString();
  const size = new PageSize();
  let left = BigInt(options.getCount());
  while (left > 0n) {
    const limit = filter === undefined && left < size.events ? Number(left) : size.events;
    const page = await pages(limit);
    for (const event of page) {
      if (!matches(event)) continue;
      if (!outlet.write(eventResponse(event, structuredIds))) await outlet.drained();
      if (--left === 0n) return;
    }
    if (page.length < limit) return;
    size.learn(page);
  }
}

/** Undefined for the end of the stream. */
function firstRevision(options: Options): bigint | undefined {
  const stream = options.getStream();
  if (stream?.hasStart()) return 0n;
  return stream?.hasRevision() ? revision(stream.getRevision()) : undefined;
}

const directionOf = (options: Options): Direction =>
  options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';
