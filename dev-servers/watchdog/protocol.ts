import type { ProcessIdentity } from './process-identity.js';

/** One program for the watchdog to run: a server, or a task that ends by itself. */
export interface Program {
  /** For messages: "Postgres", "Redis". */
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Added to the watchdog's own environment. */
  env?: Record<string, string>;
  /** The signal that makes it finish its work and end. */
  stopSignal: NodeJS.Signals;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type ToWatchdog =
  /** `readyWhen` is the source of a pattern: a program that has printed a matching line is started again when it dies. */
  { kind: 'run'; id: number; program: Program; readyWhen?: string } | { kind: 'stop'; id: number };

export type FromWatchdog =
  | { kind: 'ready' }
  | { kind: 'refused'; message: string }
  | { kind: 'started'; id: number; process: ProcessIdentity }
  | { kind: 'line'; id: number; line: string }
  /** The program is started again after the pause. */
  | ({ kind: 'died'; id: number; pauseMs: number } & Ending)
  | ({ kind: 'ended'; id: number } & Ending);
