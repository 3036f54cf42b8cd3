import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/dist\/$/, '');
const MAIN = join(ROOT, 'dist', 'programs', 'event-store.js');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StoreProcess {
  readonly child: ChildProcess;
  readonly connectionString: string;
  readonly exited: Promise<Exit>;
  /** Sends the signal; resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

/** The command as a process of its own, from what was built. */
export function spawnStore(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

export async function startStoreProcess(args: readonly string[]): Promise<StoreProcess> {
  const child = spawnStore(args);
  const exited = exitOf(child);
  const connectionString = await firstLine(child);
  return {
    child,
    connectionString,
    exited,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

export async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = await once(child, 'exit');
  return { code, signal };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The process has no output');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`The process ended: ${child.stderr?.read()}`);
}

/** The memory that a process holds, in MiB. */
export async function residentMiB(pid: number | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}
