import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface FuzzedService {
  readonly url: string;
  /** What it logged as an error, and what it wrote elsewhere. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

const main = resolve(import.meta.dirname, '../programs/onsale.js');

/** Starts the service on servers of its own, in a folder that is removed afterwards. */
export async function startService(): Promise<FuzzedService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'onsale-fuzz-'));
  const env = { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [main, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  const hear = (line: string) => {
    if (isComplaint(line)) complaints.push(line);
  };
  createInterface(child.stderr).on('line', hear);
  const lines = createInterface(child.stdout);
  const url = await listening(child, lines);
  lines.on('line', hear);
  return {
    url,
    complaints,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess, lines: AsyncIterable<string> & NodeJS.EventEmitter) {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with code ${code}`);
  });
  ended.catch(() => {});
  const said = (async () => {
    for await (const line of lines) {
      const found = /onsale listens on (\S+)/.exec(line)?.[1];
      if (found !== undefined) return found;
    }
    throw new Error('the service said nothing');
  })();
  return Promise.race([said, ended]);
}

/** A line of the log at level error or above, or one that is none of the log. */
function isComplaint(line: string): boolean {
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return typeof level !== 'number' || level >= 50;
  } catch {
    return true;
  }
}
