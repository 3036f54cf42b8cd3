import { Metadata, type StatusObject, status } from '@grpc/grpc-js';

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

/** Whether it is the request that is wrong: nothing was written, and asking again does not help. */
export const isInvalid = (error: unknown): error is GrpcError =>
  error instanceof GrpcError && error.code === status.INVALID_ARGUMENT;

/** For what fails inside a real server, which then names no more than the fact. */
export const unknown = (details: string) => new GrpcError(status.UNKNOWN, details);

export const unavailable = (details: string) => new GrpcError(status.UNAVAILABLE, details);

export const maximumAppendSizeExceeded = (bytes: number) =>
  new GrpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

export const requiredMetadataPropertyMissing = (property: string) =>
  new GrpcError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

/** What a call is to end with when the log or the server itself fails: the outcome is not known. */
export const asGrpcError = (error: unknown): GrpcError =>
  error instanceof GrpcError ? error : unavailable(error instanceof Error ? error.message : String(error));
