import type { ProcessIdentity } from '../../dev-servers/watchdog/process-identity.js';

/** What a run tells its caretaker of what it leaves behind if it dies. */
export type ToCaretaker =
  | { readonly kind: 'process'; readonly process: ProcessIdentity; readonly stopSignal: NodeJS.Signals }
  | { readonly kind: 'ended'; readonly pid: number }
  | { readonly kind: 'mount'; readonly folder: string };
