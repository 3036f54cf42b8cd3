import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { builtFile } from './built-file.js';
import { endProcess, releaseLock } from './folder-lock.js';
import { identityOf } from './process-identity.js';
import type { Ending, FromWatchdog, Program, ToWatchdog } from './protocol.js';
import { type WatchedProgram, watchProgram } from './watched-program.js';

/** How long a server may take until it is ready, in milliseconds: recovery after a crash takes its time. */
const READY_MS = 120_000;

export interface SupervisedServer {
  /** The pid of its current process: another one after it died and was started again, 0 in between. */
  readonly pid: number;
  /** The line of its output that matched `readyWhen`. */
  readyLine: string;
  /** Resolves when the server has ended for good. */
  ended: Promise<Ending>;
  /** Stops the server: with its stop signal, and with SIGKILL 30 s later. Resolves when it has ended. */
  stop(): Promise<void>;
}

/** Owns a data folder and the servers that work in it; watchdog/main.ts says what happens after a crash. */
export interface Supervisor {
  /**
   * Resolves when a line of its output matches `readyWhen`; rejects, quoting its output, when it ends before. From then on it
   * is started again, as it was, whenever it dies.
   */
  startServer(program: Program, readyWhen: RegExp): Promise<SupervisedServer>;
  /** Resolves when the program has ended with 0; rejects, quoting its output, when it ended otherwise. */
  runTask(program: Program): Promise<void>;
  /**
   * Stops every server, the last started first, and gives the folder back; also when the watchdog has been killed. May be
   * called twice.
   */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  folder: string;
  removeAfterwards?: boolean;
  /** Called when a server or the watchdog died, with its last lines. */
  logError?: (words: string) => void;
}

/**
 * Takes the folder (made when missing) for this process and everything it starts. Rejects, naming the process, when
 * another process has it. With `removeAfterwards` the folder is deleted once the last server is gone, also after a crash.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const folder = resolve(options.folder);
  const logError = options.logError ?? (() => undefined);
  await mkdir(folder, { recursive: true });
  const watchdog = fork(
    builtFile('watchdog.js'),
    [folder, String(process.pid), ...(options.removeAfterwards ? ['remove'] : [])],
    { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const identity = watchdog.pid === undefined ? undefined : identityOf(watchdog.pid);
  let stopping = false;
  const gone = once(watchdog, 'exit').then(([code, signal]) => ({ code, signal }) as Ending);
  await folderTaken(watchdog);

  const programs = new Map<number, { program: Program; watched: WatchedProgram }>();
  watchdog.on('message', (message: FromWatchdog) => {
    if ('id' in message) programs.get(message.id)?.watched.receive(message);
  });
  void gone.then(({ code, signal }) => {
    if (!stopping) {
      logError(
        `The watchdog ended with ${signal ?? code}: servers that die are not started again. Those that run are ended at the stop.`,
      );
    }
    for (const { watched } of programs.values()) watched.lost();
  });

  const tell = (message: ToWatchdog) => {
    // A watchdog that dies meanwhile is noticed by its exit.
    if (watchdog.connected) watchdog.send(message, () => undefined);
  };
  const run = (program: Program, readyWhen?: RegExp) => {
    const id = programs.size + 1;
    const watched = watchProgram(program, { died: logError });
    programs.set(id, { program, watched });
    tell({ kind: 'run', id, program, ...(readyWhen !== undefined && { readyWhen: readyWhen.source }) });
    if (!watchdog.connected) watched.lost();
    const stop = async () => {
      tell({ kind: 'stop', id });
      await watched.ended;
    };
    return { watched, stop };
  };

  /** What a watchdog does that has not been killed. */
  const endInItsPlace = async () => {
    for (const { program, watched } of [...programs.values()].reverse()) {
      if (watched.process !== undefined) await endProcess(watched.process, program.stopSignal);
    }
    if (identity !== undefined) releaseLock(folder, identity);
    if (options.removeAfterwards) await rm(folder, { recursive: true, force: true });
  };

  return {
    async startServer(program, readyWhen) {
      const { watched, stop } = run(program, readyWhen);
      const tooLate = setTimeout(stop, READY_MS);
      try {
        const readyLine = await watched.saying(readyWhen);
        return {
          get pid() {
            return watched.process?.pid ?? 0;
          },
          readyLine,
          ended: watched.ended,
          stop,
        };
      } finally {
        clearTimeout(tooLate);
      }
    },
    async runTask(program) {
      await run(program).watched.success();
    },
    async stop() {
      stopping = true;
      if (watchdog.connected) watchdog.disconnect();
      const { code } = await gone;
      if (code !== 0) await endInItsPlace();
    },
  };
}

async function folderTaken(watchdog: ChildProcess): Promise<void> {
  const refused = new AbortController();
  watchdog.once('exit', (code) => refused.abort(new Error(`The watchdog ended with ${code}.`)));
  const [message]: FromWatchdog[] = await once(watchdog, 'message', { signal: refused.signal });
  if (message?.kind === 'refused') throw new Error(message.message);
}
