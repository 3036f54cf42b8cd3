/**
 * The small process between us and our servers. It lives until they have stopped, and it stops them when told to or
 * when its IPC channel closes, which the operating system does for us even after kill -9.
 *
 * It leads a process group of its own, so a Ctrl-C in the terminal reaches only us: the servers are still there while
 * we finish what is in flight.
 *
 * Arguments: the data folder it owns, the pid it works for, and "remove" when the folder is to go with it.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type FolderLock, lockFolder } from './folder-lock.js';
import type { FromWatchdog, Program, ToWatchdog } from './watchdog-protocol.js';

/** How long a server gets between its stop signal and SIGKILL, in milliseconds. */
const STOP_GRACE_MS = 30_000;

interface Running {
  child: ChildProcess;
  stopSignal: NodeJS.Signals;
  ended: Promise<void>;
}

const [folder, ownerPid, removal] = process.argv.slice(2);
if (folder === undefined || ownerPid === undefined)
  throw new Error('usage: watchdog FOLDER OWNER_PID [remove]');
const running = new Map<number, Running>();
let lock: FolderLock | undefined;
let leaving = false;

process.on('disconnect', leave);
process.on('SIGTERM', leave);
// The owner may have gone before this line: then nobody announces it again.
if (!process.connected) leave();
try {
  lock = await lockFolder(folder, Number(ownerPid));
  process.on('message', (message: ToWatchdog) => {
    if (message.kind === 'run') run(message.id, message.program);
    else void stop(message.id);
  });
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'refused', message: error instanceof Error ? error.message : String(error) }, leave);
}

function run(id: number, program: Program): void {
  if (leaving) {
    refuse(id, `${program.name} was not started: it is being stopped already.`);
    return;
  }
  try {
    watch(id, program, start(program));
  } catch (error) {
    refuse(id, `${program.name} cannot be started: ${error}`);
  }
}

function start({
  command,
  args,
  cwd,
  uid,
  gid,
  env,
}: Program): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
}

function watch(id: number, program: Program, child: ReturnType<typeof start>): void {
  child.once('spawn', () => {
    if (child.pid !== undefined) tell({ kind: 'started', id, pid: child.pid });
    lock?.recordServers(pids());
  });
  child.once('error', (error) => tell({ kind: 'line', id, line: error.message }));
  relayLines(id, child.stdout);
  relayLines(id, child.stderr);
  const ended = new Promise<void>((resolve) => {
    // "close" comes after the last line of output, and also when the program could not be started.
    child.once('close', (code, signal) => {
      running.delete(id);
      lock?.recordServers(pids());
      tell({ kind: 'ended', id, code, signal });
      resolve();
    });
  });
  running.set(id, { child, stopSignal: program.stopSignal, ended });
}

function refuse(id: number, line: string): void {
  tell({ kind: 'line', id, line });
  tell({ kind: 'ended', id, code: null, signal: null });
}

function relayLines(id: number, output: Readable): void {
  createInterface({ input: output }).on('line', (line) => tell({ kind: 'line', id, line }));
}

function pids(): number[] {
  return [...running.values()].flatMap(({ child }) => child.pid ?? []);
}

async function stop(id: number): Promise<void> {
  const server = running.get(id);
  if (server === undefined) return;
  server.child.kill(server.stopSignal);
  const lastResort = setTimeout(() => server.child.kill('SIGKILL'), STOP_GRACE_MS);
  await server.ended;
  clearTimeout(lastResort);
}

/** Stops the servers in the reverse order of their start: the event store before the Postgres that it writes to. */
function leave(): void {
  if (leaving) return;
  leaving = true;
  void (async () => {
    for (const id of [...running.keys()].reverse()) await stop(id);
    lock?.release();
    if (removal === 'remove' && folder !== undefined) await rm(folder, { recursive: true, force: true });
    process.exit(0);
  })();
}

function tell(message: FromWatchdog, then: () => void = () => undefined): void {
  // Nobody is left to tell after a crash of the owner; the work of stopping goes on all the same.
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}
