import { ErrorType } from '@eventstore/db-client';
import { Metadata, status } from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../domain/log/errors.js';

/** Thrown by `within`: no answer in time. */
export const late = (problem: string, ms: number) => (): never => {
  throw new EventStoreUnavailable(`${problem} within ${ms} ms`);
};

/** The client's error types, or null for raw gRPC and other errors (a lost connection often is one). */
export function errorTypeOf(error: unknown): ErrorType | null {
  if (typeof error !== 'object' || error === null || !('type' in error)) return null;
  return Object.values(ErrorType).find((type) => type === error.type) ?? null;
}

/** Errors by which the server states that it wrote nothing, and that would recur on a retry. */
const definite: ReadonlySet<ErrorType> = new Set([
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.STREAM_DELETED,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
]);

export const isDefinite = (type: ErrorType | null): type is ErrorType => type !== null && definite.has(type);

/** What the client says of a refusal by KurrentDB that it does not know, and the trailer of the same refusal of a single append. */
const eventTooLarge = {
  message: 'Could not recognize MaximumAppendEventSizeExceeded',
  exception: 'maximum-append-event-size-exceeded',
};
/** An event of so many bytes or more may not fit one message to the server; smaller ones always do. */
const largeEvent = 1024 * 1024;

/**
 * Whether the server states that an append, or an event in it, is larger than it takes: nothing was written, nor will be.
 * @param largest the size of the append's largest event, in bytes. A message that is too large ends the call that the process'
 * appends share, and all of them get that error: only the one with a large event may be told so.
 */
export function isTooLarge(error: unknown, largest: () => number): boolean {
  const type = errorTypeOf(error);
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return true;
  if (type !== ErrorType.UNKNOWN || !(error instanceof Error)) return false;
  if (error.message === eventTooLarge.message || exceptionOf(error) === eventTooLarge.exception) return true;
  return 'code' in error && error.code === status.RESOURCE_EXHAUSTED && largest() >= largeEvent;
}

/** The error's name in the trailers of the server's answer. */
function exceptionOf(error: Error): unknown {
  const raw = '_raw' in error ? error._raw : undefined;
  const metadata = typeof raw === 'object' && raw !== null && 'metadata' in raw ? raw.metadata : undefined;
  return metadata instanceof Metadata ? metadata.get('exception')[0] : undefined;
}
