import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import {
  type AppendOutcome,
  type AppendRequest,
  type Expected,
  type ProposedEvent,
  StreamDeleted,
} from '../log/model.js';
import type { Writer } from '../log/writer.js';
import { asGrpcError, invalidArgument, maximumAppendSizeExceeded, unavailable } from './errors.js';
import { AppendSize, expectedOf, MAX_APPEND_BYTES, proposedEvent, streamName } from './parse-request.js';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** `Streams/Append`: one append per call, its options first, then its events one by one. */
export const appendHandler =
  (writer: Writer) =>
  (call: Call, reply: sendUnaryData<streams.AppendResp>): void => {
    append(call, writer).then(
      (response) => reply(null, response),
      (error) => reply(asGrpcError(error)),
    );
  };

async function append(call: Call, writer: Writer): Promise<streams.AppendResp> {
  const request = await received(call);
  call.once('cancelled', () => {
    request.abandoned = true;
  });
  await writer.room();
  return response(await writer.append(request), request);
}

async function received(call: Call): Promise<AppendRequest> {
  let options: streams.AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  const size = new AppendSize();
  for await (const message of call.iterator({ destroyOnReturn: false })) {
    if (!(message instanceof streams.AppendReq)) continue;
    const proposed = message.getProposedMessage();
    if (options === undefined) options = message.getOptions();
    else if (proposed === undefined) throw invalidArgument('A proposed message is missing');
    else {
      const event = proposedEvent(proposed);
      if (!size.add(event)) throw maximumAppendSizeExceeded(MAX_APPEND_BYTES);
      events.push(event);
    }
    if (options === undefined) throw invalidArgument('An append begins with its options');
  }
  if (options === undefined) throw invalidArgument('An append has options');
  const stream = streamName(options.getStreamIdentifier());
  return { stream, expected: expectedOf(options), events, abandoned: call.cancelled };
}

function response(outcome: AppendOutcome, { stream, expected }: AppendRequest): streams.AppendResp {
  if (outcome.kind === 'abandoned') throw unavailable('The append was abandoned');
  if (outcome.kind === 'stream-deleted') throw new StreamDeleted(stream);
  return outcome.kind === 'appended'
    ? new streams.AppendResp().setSuccess(success(outcome))
    : new streams.AppendResp().setWrongExpectedVersion(wrongExpectedVersion(expected, outcome.current));
}

function success({
  revision,
  position,
}: Extract<AppendOutcome, { kind: 'appended' }>): streams.AppendResp.Success {
  const message = new streams.AppendResp.Success();
  if (revision < 0n) message.setNoStream(new shared.Empty());
  else message.setCurrentRevision(String(revision));
  if (position === undefined) return message.setNoPosition(new shared.Empty());
  const at = new streams.AppendResp.Position()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position));
  return message.setPosition(at);
}

function wrongExpectedVersion(expected: Expected, current: bigint): streams.AppendResp.WrongExpectedVersion {
  const message = new streams.AppendResp.WrongExpectedVersion();
  if (expected === 'any') message.setExpectedAny(new shared.Empty());
  else if (expected === 'stream-exists') message.setExpectedStreamExists(new shared.Empty());
  else if (expected === 'no-stream') message.setExpectedNoStream(new shared.Empty());
  else message.setExpectedRevision(String(expected));
  return current < 0n
    ? message.setCurrentNoStream(new shared.Empty())
    : message.setCurrentRevision(String(current));
}
