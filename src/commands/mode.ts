import type { RetryLater } from './outcome.js';
import type { PendingCommand } from './pending-command.js';

/** A way to arrange load → decide → append. Whatever the way, the deciders are the same. */
export interface Mode {
  /** Sees to it that the task is answered, sooner or later; never rejects. */
  handle(task: PendingCommand): Promise<void>;
}

export const busy = (retryAfterSeconds = 1): RetryLater => ({ kind: 'busy', retryAfterSeconds });

export const unavailable = (problem: string): RetryLater => ({
  kind: 'unavailable',
  problem,
  retryAfterSeconds: 2,
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
