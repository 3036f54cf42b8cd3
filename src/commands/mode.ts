import type { PendingCommand } from './pending-command.js';

/** A purchase mode: one arrangement of load → decide → append. All modes use the same deciders. */
export interface Mode {
  /** Resolves or fails the command, possibly after the returned promise resolves; never rejects. */
  handle(command: PendingCommand): Promise<void>;
}
