import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { StreamDeleted, Unstorable } from '../log/model.js';

/** A refusal as gRPC carries it. The client picks its error class by the `exception` trailer. */
export class GrpcError extends Error implements Partial<StatusObject> {
  readonly metadata: Metadata;

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    this.metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value);
  }
}

export const invalidArgument = (details: string) => new GrpcError(status.INVALID_ARGUMENT, details);

/** A failure inside the server. As a real server does, it names only the fact. */
export const unknown = (details: string) => new GrpcError(status.UNKNOWN, details);

export const unavailable = (details: string) => new GrpcError(status.UNAVAILABLE, details);

export const maximumAppendSizeExceeded = (bytes: number) =>
  new GrpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

export const streamDeleted = ({ message, stream }: StreamDeleted) =>
  new GrpcError(status.FAILED_PRECONDITION, message, { exception: 'stream-deleted', 'stream-name': stream });

export const requiredMetadataPropertyMissing = (property: string) =>
  new GrpcError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

/**
 * The error that a call ends with when the log or the server fails. The outcome is unknown, except for an append that cannot be
 * stored.
 */
export function asGrpcError(error: unknown): GrpcError {
  if (error instanceof GrpcError) return error;
  if (error instanceof StreamDeleted) return streamDeleted(error);
  if (error instanceof Unstorable) return invalidArgument(error.message);
  return unavailable(error instanceof Error ? error.message : String(error));
}
