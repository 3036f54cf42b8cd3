import codes from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { AppendOutcome, AppendRequest, Expected } from '../log/model.js';

export type BatchResult = streams.BatchAppendResp.Success | statuses.Status;

/** The answer to an append of a batch, a `google.rpc.Status` where it was refused. */
export function batchResult(outcome: AppendOutcome, { stream, expected }: AppendRequest): BatchResult {
  if (outcome.kind === 'abandoned') return timeout();
  if (outcome.kind === 'stream-deleted') return streamDeleted(stream);
  return outcome.kind === 'appended' ? success(outcome) : wrongExpectedVersion(expected, outcome.current);
}

export const timeout = (): BatchResult =>
  failure(codes.Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());

export const badRequest = (message: string): BatchResult =>
  failure(codes.Code.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().setMessage(message));

export const maximumSizeExceeded = (bytes: number): BatchResult =>
  failure(
    codes.Code.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(bytes),
  );

function streamDeleted(stream: string): BatchResult {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  const details = new shared.StreamDeleted().setStreamIdentifier(identifier);
  return failure(codes.Code.NOT_FOUND, 'StreamDeleted', details);
}

function success({
  revision,
  position,
}: Extract<AppendOutcome, { kind: 'appended' }>): streams.BatchAppendResp.Success {
  const message = new streams.BatchAppendResp.Success();
  if (revision < 0n) message.setNoStream(new empty.Empty());
  else message.setCurrentRevision(String(revision));
  if (position === undefined) return message.setNoPosition(new empty.Empty());
  const at = new shared.AllStreamPosition()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position));
  return message.setPosition(at);
}

function wrongExpectedVersion(expected: Expected, current: bigint): statuses.Status {
  const message = new shared.WrongExpectedVersion();
  if (expected === 'any') message.setExpectedAny(new empty.Empty());
  else if (expected === 'stream-exists') message.setExpectedStreamExists(new empty.Empty());
  else if (expected === 'no-stream') message.setExpectedNoStream(new empty.Empty());
  else message.setExpectedStreamPosition(String(expected));
  if (current < 0n) message.setCurrentNoStream(new empty.Empty());
  else message.setCurrentStreamRevision(String(current));
  return failure(codes.Code.ALREADY_EXISTS, 'WrongExpectedVersion', message);
}

function failure(
  code: codes.Code,
  type: string,
  details: { serializeBinary(): Uint8Array },
): statuses.Status {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${type}`);
  return new statuses.Status().setCode(code).setMessage(type).setDetails(packed);
}
