import streams from '@eventstore/db-client/generated/streams_pb.js';
import { followed, isLink } from '../log/links.js';
import type { Direction, Log } from '../log/log.js';
import { everything, LAST, type RecordedEvent } from '../log/model.js';
import { allPages, keptPages, type Reading } from '../log/pages.js';
import { retentionOf } from '../log/retention.js';
import type { StreamEnds } from '../log/stream-ends.js';
import type { Tail } from '../log/tail.js';
import { eventResponse, streamNotFoundResponse } from './encode-response.js';
import { invalidArgument, unknown } from './errors.js';
import { filterOf } from './filter.js';
import { positionOf, revision, streamName } from './parse-request.js';
import { type BytesCall, ResponseStream } from './response-stream.js';
import { subscribe } from './subscription.js';

type Options = streams.ReadReq.Options;

/** `Streams/Read`: reads and subscriptions, of a stream or of the whole log. */
export const readHandler =
  (log: Log, ends: StreamEnds, tail: Tail, stopping: AbortSignal) =>
  (call: BytesCall<streams.ReadReq>): void =>
    ResponseStream.serve(call, stopping, async (outlet) => {
      const options = call.request.getOptions();
      if (!options?.hasStream() && !options?.hasAll())
        throw invalidArgument('A read is of a stream or of $all');
      if (options.hasStream() && options.hasFilter()) throw invalidArgument('Only $all can be filtered');
      if (options.hasSubscription()) await subscribe(options, outlet, log, tail);
      else if (options.getCountOptionCase() !== streams.ReadReq.Options.CountOptionCase.COUNT)
        throw invalidArgument('A read has a count, or is a subscription');
      else if (options.hasStream()) await readStream(options, outlet, log, ends);
      else await readAll(options, outlet, log);
    });

async function readStream(
  options: Options,
  outlet: ResponseStream<Buffer>,
  log: Log,
  ends: StreamEnds,
): Promise<void> {
  const stream = streamName(options.getStream()?.getStreamIdentifier());
  const retention = await retentionOf(ends, stream);
  if (retention === null) {
    outlet.write(streamNotFoundResponse(stream));
    return;
  }
  const direction = directionOf(options);
  const from = firstRevision(options);
  if (BigInt(options.getCount()) === 0n || (from === undefined && direction === 'forwards'))
    throw unknown('Unexpected ReadStreamResult: Error');
  await send(
    options,
    outlet,
    log,
    keptPages(ends, stream, from ?? LAST, readingOf(options, outlet), retention),
  );
}

async function readAll(options: Options, outlet: ResponseStream<Buffer>, log: Log): Promise<void> {
  const from = positionOf(options.getAll());
  await send(options, outlet, log, allPages(log, from === 'end' ? LAST : from, readingOf(options, outlet)));
}

/** Sends a read, holding two pages at most, however long it is: the one that is sent, and the next. */
async function send(
  options: Options,
  outlet: ResponseStream<Buffer>,
  log: Log,
  pages: AsyncIterable<RecordedEvent[]>,
): Promise<void> {
  const filter = options.getFilter();
  const matches = filter === undefined ? everything : filterOf(filter);
  const structuredIds = !options.getUuidOption()?.hasString();
  const resolves = options.getResolveLinks();
  let left = BigInt(options.getCount());
  if (left === 0n) return;
  for await (const page of pages) {
    for (const event of page) {
      if (!matches(event)) continue;
      const shown = resolves && isLink(event) ? await followed(log, event) : { event };
      if (!outlet.write(eventResponse(shown, structuredIds))) await outlet.drained();
      if (--left === 0n) return;
    }
  }
}

const readingOf = (options: Options, { signal }: ResponseStream<Buffer>): Reading => ({
  direction: directionOf(options),
  count: BigInt(options.getCount()),
  signal,
});

/** The revision to begin at; undefined for the end of the stream. */
function firstRevision(options: Options): bigint | undefined {
  const stream = options.getStream();
  if (stream?.hasStart()) return 0n;
  return stream?.hasRevision() ? revision(stream.getRevision()) : undefined;
}

const directionOf = (options: Options): Direction =>
  options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';
