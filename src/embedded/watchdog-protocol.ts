/** One program for the watchdog to run: a server, or a task that ends by itself. */
export interface Program {
  /** For messages: "Postgres", "Redis". */
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  /** The signal that makes it finish its work and go. */
  stopSignal: NodeJS.Signals;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type ToWatchdog = { kind: 'run'; id: number; program: Program } | { kind: 'stop'; id: number };

export type FromWatchdog =
  | { kind: 'ready' }
  | { kind: 'refused'; message: string }
  | { kind: 'started'; id: number; pid: number }
  | { kind: 'line'; id: number; line: string }
  | ({ kind: 'ended'; id: number } & Ending);
