/**
 * The watchdog: a small process between the owner and its servers. It stops them when it is told to or when its IPC channel
 * closes, which the operating system sees to even after kill -9 of the owner, and ends when they have stopped. Whatever else
 * fails, with its files above all, it goes on to stop them. A server that dies is started again.
 *
 * It leads a process group of its own, so a Ctrl-C in the terminal reaches only the owner: the servers are still there while the
 * owner finishes what is in flight.
 *
 * Arguments: the data folder it owns, the pid it works for, and "remove" when the folder is to go with it.
 */
import { rm } from 'node:fs/promises';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { KeptProgram } from './kept-program.js';
import type { FromWatchdog, ToWatchdog } from './protocol.js';

const [folder, ownerPid, removal] = process.argv.slice(2);
if (folder === undefined || ownerPid === undefined)
  throw new Error('usage: watchdog FOLDER OWNER_PID [remove]');
const programs = new Map<number, KeptProgram>();
let lock: FolderLock | undefined;
let leaving = false;

process.on('disconnect', leave);
process.on('SIGTERM', leave);
process.on('uncaughtException', (error) => {
  complain(error);
  leave();
});
// The owner's output may have been closed with it. Without this handler, each failed report would be reported again, for ever.
process.stderr.on('error', () => undefined);
// The owner may have ended before this line: there is no event for that any more.
if (!process.connected) leave();
try {
  lock = await lockFolder(folder, Number(ownerPid));
  process.on('message', (message: ToWatchdog) => {
    if (message.kind === 'run') run(message);
    else void programs.get(message.id)?.stop();
  });
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'refused', message: error instanceof Error ? error.message : String(error) }, leave);
}

function run({ id, program, readyWhen }: Extract<ToWatchdog, { kind: 'run' }>): void {
  if (leaving) {
    tell({ kind: 'line', id, line: `${program.name} was not started: it is being stopped already.` });
    tell({ kind: 'ended', id, code: null, signal: null });
    return;
  }
  const kept = new KeptProgram(program, readyWhen === undefined ? undefined : new RegExp(readyWhen), {
    started: (process) => {
      tell({ kind: 'started', id, process });
      record();
    },
    line: (line) => tell({ kind: 'line', id, line }),
    died: (ending, pauseMs) => {
      tell({ kind: 'died', id, pauseMs, ...ending });
      record();
    },
    ended: (ending) => {
      programs.delete(id);
      tell({ kind: 'ended', id, ...ending });
      record();
    },
  });
  programs.set(id, kept);
}

/**
 * The next owner of the folder reads this record after a kill -9 of this process. Without it the servers are stopped all the
 * same.
 */
function record(): void {
  try {
    lock?.recordServers([...programs.values()].flatMap((program) => program.process ?? []));
  } catch (error) {
    complain(error);
  }
}

/** Stops the servers in the reverse order of their start: the event store before the Postgres that it writes to. */
function leave(): void {
  if (leaving) return;
  leaving = true;
  void (async () => {
    for (const program of [...programs.values()].reverse()) await program.stop();
    try {
      lock?.release();
      if (removal === 'remove' && folder !== undefined) await rm(folder, { recursive: true, force: true });
    } catch (error) {
      complain(error);
    }
    process.exit(0);
  })();
}

function complain(error: unknown): void {
  process.stderr.write(
    `The watchdog of ${folder} goes on after: ${error instanceof Error ? error.message : error}\n`,
  );
}

function tell(message: FromWatchdog, then: () => void = () => undefined): void {
  // After a crash of the owner there is no receiver; stopping goes on all the same.
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}
