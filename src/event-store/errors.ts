import { ErrorType } from '@eventstore/db-client';

/** The event store gave no usable answer in time. Reads may be repeated; an append's outcome is unknown. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** For `within`: an answer did not come in time. */
export const late = (problem: string, ms: number) => (): never => {
  throw new EventStoreUnavailable(`${problem} within ${ms} ms`);
};

/** The log holds something that this version cannot read; deciding on it would be guessing. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

/** The client's error types, or null for raw gRPC and other errors (a lost connection often is one). */
export function errorTypeOf(error: unknown): ErrorType | null {
  if (typeof error !== 'object' || error === null || !('type' in error)) return null;
  return Object.values(ErrorType).find((type) => type === error.type) ?? null;
}

/** Errors in which the server said for certain that it wrote nothing, and would say so again. */
const definite: ReadonlySet<ErrorType> = new Set([
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.STREAM_DELETED,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
]);

export const isDefinite = (type: ErrorType | null): type is ErrorType => type !== null && definite.has(type);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
