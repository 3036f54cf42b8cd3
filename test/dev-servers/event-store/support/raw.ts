import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';

/** The service itself, for what the client never sends. */
export const rawClient = (port: number) =>
  new StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure());

export const identifier = (stream: string) =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

const newId = () => new shared.UUID().setString(randomUUID());

export function batchRequest(
  stream: string,
  parts: { id?: shared.UUID; deadline?: Date; metadata?: Record<string, string>; expected?: string },
): streams.BatchAppendReq {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifier(stream));
  if (parts.expected === undefined) options.setAny(new empty.Empty());
  else options.setStreamPosition(parts.expected);
  if (parts.deadline !== undefined) options.setDeadline(timestamp.Timestamp.fromDate(parts.deadline));
  const message = new streams.BatchAppendReq.ProposedMessage().setId(newId()).setData(Buffer.from('{}'));
  const metadata = parts.metadata ?? { type: 'Noted', 'content-type': 'application/json' };
  for (const [key, value] of Object.entries(metadata)) message.getMetadataMap().set(key, value);
  return new streams.BatchAppendReq()
    .setCorrelationId(parts.id ?? newId())
    .setOptions(options)
    .setProposedMessagesList([message])
    .setIsFinal(true);
}

/** A subscription to everything from the start. */
export function subscriptionRequest(): streams.ReadReq {
  const all = new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty());
  const options = new streams.ReadReq.Options()
    .setAll(all)
    .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setStructured(new shared.Empty()));
  return new streams.ReadReq().setOptions(options);
}
