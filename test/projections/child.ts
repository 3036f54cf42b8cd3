import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { testServers } from '../support/stack.js';

type Child = ChildProcessByStdio<null, Readable, null>;

const children = new Set<Child>();

/** Runs a program of this folder, from its build, on the shared servers. */
export function startChild(program: string, namespace: string): Child {
  const { eventStoreUrl, databaseUrl, redisUrl } = testServers();
  const file = resolve(`dist/test/projections/${program}.js`);
  const child = spawn(process.execPath, [file, namespace, eventStoreUrl, databaseUrl, redisUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Reads `count` lines of its output, all of them by default. @returns the last line */
export async function linesOf(child: Child, count = Number.POSITIVE_INFINITY): Promise<string> {
  let seen = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    seen += 1;
    if (seen >= count) break;
  }
  if (count !== Number.POSITIVE_INFINITY && seen < count) {
    throw new Error(`the process ended after ${seen} lines`);
  }
  return last;
}

/** Sends SIGKILL. */
export async function kill(child: Child): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

export async function killAll(): Promise<void> {
  await Promise.all([...children].map(kill));
}
