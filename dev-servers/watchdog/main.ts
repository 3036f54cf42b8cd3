/**
 * The small process between us and our servers. It lives until they have stopped, and it stops them when told to or
 * when its IPC channel closes, which the operating system does for us even after kill -9. Whatever else goes wrong, with
 * its files above all, it goes on to stop them. A server that dies is started again.
 *
 * It leads a process group of its own, so a Ctrl-C in the terminal reaches only us: the servers are still there while
 * we finish what is in flight.
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
// Where the owner's output went may be gone with it. Without this, each complaint would fail and be complained of, for ever.
process.stderr.on('error', () => undefined);
// The owner may have gone before this line: then nobody announces it again.
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

/** The next owner of the folder reads this record after a kill -9 of this process. Without it the servers are stopped all the same. */
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
  // Nobody is left to tell after a crash of the owner; the work of stopping goes on all the same.
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}
