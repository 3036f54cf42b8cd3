import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const longestMs = 60_000;

/** Resolves when the process has ended, which it may have before; kills it when that takes longer than a minute. */
export async function untilEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const overdue = setTimeout(() => child.kill('SIGKILL'), longestMs);
  await once(child, 'exit');
  clearTimeout(overdue);
}
