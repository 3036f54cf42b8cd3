import { EventStoreUnavailable } from './errors.js';

/**
 * The promise's outcome, or EventStoreUnavailable after `ms` milliseconds. The work itself goes on; its late outcome is
 * dropped.
 */
export async function within<T>(ms: number, promise: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EventStoreUnavailable(`${problem} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
