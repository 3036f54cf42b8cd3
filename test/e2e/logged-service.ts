import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';

/** A hang guard: starting processes on a busy machine takes its time. */
const patienceMs = 60_000;

const main = fileURLToPath(new URL('../../dist/programs/onsale.js', import.meta.url));

export type LogLine = Readonly<Record<string, unknown>>;

/** `onsale serve` as a process of its own, with its log. Killed at the end of the test if it still runs. */
export interface LoggedService {
  readonly process: ChildProcess;
  /** What it logged so far; a line that is no JSON is `{ text }`. */
  readonly lines: readonly LogLine[];
  /** What it printed for people. */
  readonly printed: readonly string[];
  /** Resolves with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** As `exited`, and all that it and its workers wrote has been read. */
  readonly closed: Promise<number | null>;
  /** The lines with this message, once there are `count`. */
  logged(message: string, count?: number): Promise<readonly LogLine[]>;
}

export function startLogged(env: NodeJS.ProcessEnv, ...args: readonly string[]): LoggedService {
  const child = spawn(process.execPath, [main, 'serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: LogLine[] = [];
  const printed: string[] = [];
  createInterface(child.stderr).on('line', (line) => lines.push(parse(line)));
  createInterface(child.stdout).on('line', (line) => printed.push(line));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    lines,
    printed,
    exited,
    closed,
    async logged(message, count = 1) {
      const found = () => lines.filter(({ msg }) => msg === message);
      await until(() => found().length >= count, `"${message}" to be logged ${count} times`, patienceMs);
      return found();
    },
  };
}

/** Where it listens, once it does. */
export async function urlOf({ printed }: LoggedService): Promise<string> {
  const urls = () => printed.flatMap((line) => /^onsale listens on (.*)$/.exec(line)?.[1] ?? []);
  await until(() => urls().length > 0, 'the service to listen', patienceMs);
  return urls()[0] ?? '';
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    // Not from our logger: kept as it is, for a test to see.
    return { text: line };
  }
}
