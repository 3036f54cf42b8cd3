import type { NotNow } from './outcome.js';
import type { Pending } from './pending-command.js';

/** A way to arrange load → decide → append. Whatever the way, the deciders are the same. */
export interface Mode {
  /** Sees to it that the task is answered, sooner or later; never rejects. */
  carryOut(task: Pending): Promise<void>;
}

export const busy = (retryAfterSeconds = 1): NotNow => ({ kind: 'busy', retryAfterSeconds });

export const unavailable = (problem: string): NotNow => ({
  kind: 'unavailable',
  problem,
  retryAfterSeconds: 2,
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
