import { ErrorType } from '@eventstore/db-client';
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
