/**
 * A small process beside a run. When the IPC channel closes, which the operating system sees to however the run ends, it ends the
 * processes of the run, takes off its mounts and removes its folder. It leads a process group of its own, so Ctrl-C does not reach it.
 *
 * Argument: the folder of the run.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { isRunning, type ProcessIdentity } from '../../dev-servers/watchdog/process-identity.js';
import { until } from '../../dev-servers/watchdog/until.js';
import type { ToCaretaker } from './protocol.js';

/** How long a process may take to stop by itself, in ms, before it is killed. */
const graceMs = 5_000;

const [folder = ''] = process.argv.slice(2);
const processes = new Map<
  number,
  { readonly process: ProcessIdentity; readonly stopSignal: NodeJS.Signals }
>();
const mounts = new Set<string>();

process.on('message', (message: ToCaretaker) => {
  if (message.kind === 'process') processes.set(message.process.pid, message);
  else if (message.kind === 'ended') processes.delete(message.pid);
  else mounts.add(message.folder);
});
process.on('disconnect', () => void cleanUp());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
// The run may have ended before there was a listener.
if (process.connected) process.send?.('ready');
else void cleanUp();

async function cleanUp(): Promise<void> {
  // What writes to a server ends before the server does.
  for (const { process: each, stopSignal } of [...processes.values()].toReversed())
    for (const signal of [stopSignal, 'SIGKILL'] as const) {
      if (!isRunning(each)) break;
      send(each, signal);
      // A process that is stopped takes its signals only when it goes on.
      send(each, 'SIGCONT');
      await until(() => !isRunning(each), graceMs);
    }
  for (const mount of mounts) spawnSync('umount', ['-l', mount]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function send({ pid }: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
