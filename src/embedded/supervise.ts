import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { builtFile } from './built-file.js';
import type { Ending, FromWatchdog, Program, ToWatchdog } from './watchdog-protocol.js';
import { type WatchedProgram, watchProgram } from './watched-program.js';

/** How long a server may take until it is ready, in milliseconds: recovery after a crash takes its time. */
const READY_MS = 120_000;

export interface SupervisedServer {
  pid: number;
  /** The line of its output that said that it is ready. */
  readyLine: string;
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<Ending>;
  /** Ends it in order: its stop signal, and SIGKILL 30 s later. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** Owns a data folder and the servers that work in it; watchdog.ts says what happens after a crash. */
export interface Supervisor {
  /** Resolves when a line of its output matches `readyWhen`; rejects, quoting its output, when it ends before. */
  startServer(program: Program, readyWhen: RegExp): Promise<SupervisedServer>;
  /** Resolves when the program has ended with 0; rejects, quoting its output, when it ended otherwise. */
  runTask(program: Program): Promise<void>;
  /** Stops every server, the last started first, and gives the folder back. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Takes the folder (made when missing) for this process and everything it starts. Rejects, naming the process, when
 * another one has it. With `removeAfterwards` the folder is deleted once the last server is gone, also after a crash.
 */
export async function startSupervisor(options: {
  folder: string;
  removeAfterwards?: boolean;
  /** Gets a line when a server ends that nobody stopped. */
  log?: (line: string) => void;
}): Promise<Supervisor> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true });
  const watchdog = fork(
    builtFile('watchdog.js'),
    [folder, String(process.pid), ...(options.removeAfterwards ? ['remove'] : [])],
    { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const gone = new Promise<void>((resolve) => watchdog.once('exit', () => resolve()));
  await folderTaken(watchdog);

  const programs = new Map<number, WatchedProgram>();
  const stopping = new Set<number>();
  watchdog.on('message', (message: FromWatchdog) => {
    if ('id' in message) programs.get(message.id)?.receive(message);
  });
  watchdog.once('exit', () => {
    for (const program of programs.values()) program.lost();
  });

  const tell = (message: ToWatchdog) => {
    // A watchdog that dies under our hands is noticed by its exit.
    if (watchdog.connected) watchdog.send(message, () => undefined);
  };
  const run = (program: Program) => {
    const id = programs.size + 1;
    const watched = watchProgram(program);
    programs.set(id, watched);
    tell({ kind: 'run', id, program });
    if (!watchdog.connected) watched.lost();
    const stop = async () => {
      stopping.add(id);
      tell({ kind: 'stop', id });
      await watched.ended;
    };
    const reportDeath = ({ code, signal }: Ending) => {
      if (watchdog.connected && !stopping.has(id))
        options.log?.(`${program.name} ended with ${signal ?? code}.`);
    };
    return { watched, stop, reportDeath };
  };

  return {
    async startServer(program, readyWhen) {
      const { watched, stop, reportDeath } = run(program);
      const tooLate = setTimeout(stop, READY_MS);
      try {
        const { pid, line } = await watched.saying(readyWhen);
        void watched.ended.then(reportDeath);
        return { pid, readyLine: line, ended: watched.ended, stop };
      } finally {
        clearTimeout(tooLate);
      }
    },
    async runTask(program) {
      await run(program).watched.success();
    },
    async stop() {
      if (watchdog.connected) watchdog.disconnect();
      await gone;
    },
  };
}

async function folderTaken(watchdog: ChildProcess): Promise<void> {
  const refused = new AbortController();
  watchdog.once('exit', (code) => refused.abort(new Error(`The watchdog ended with ${code}.`)));
  const [message]: FromWatchdog[] = await once(watchdog, 'message', { signal: refused.signal });
  if (message?.kind === 'refused') throw new Error(message.message);
}
