import type { RetryLater } from './outcome.js';
import type { PendingCommand } from './pending-command.js';

/** A purchase mode: one arrangement of load → decide → append. All modes use the same deciders. */
export interface Mode {
  /** Resolves or fails the command, possibly after the returned promise resolves; never rejects. */
  handle(task: PendingCommand): Promise<void>;
}

export const busy = (retryAfterSeconds = 1): RetryLater => ({ kind: 'busy', retryAfterSeconds });

export const unavailable = (problem: string): RetryLater => ({
  kind: 'unavailable',
  problem,
  retryAfterSeconds: 2,
});
