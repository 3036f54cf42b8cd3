import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../../dev-servers/watchdog/protocol.js';
import type { SupervisedServer, Supervisor } from '../../dev-servers/watchdog/supervisor.js';
import type { Caretaker } from '../cleanup/caretaker.js';

const quotedLines = 20;
const readyMs = 60_000;
const retryMs = 200;

/** A dev server that nobody starts again: the nemesis kills it, pauses it, and starts it when it heals. */
export class KillableServer {
  #child: ChildProcess | null = null;
  #lastLines: string[] = [];

  constructor(
    private readonly program: Program,
    private readonly readyWhen: RegExp,
    private readonly caretaker: Caretaker,
  ) {}

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Resolves with the line that says that it is ready. @throws when it ends before, quoting it */
  async start(): Promise<string> {
    const { name, command, args, cwd, uid, gid, env, stopSignal } = this.program;
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    this.#child = child;
    this.#lastLines = [];
    this.caretaker.watch(child, stopSignal);
    child.once('exit', () => {
      this.caretaker.ended(child);
      if (this.#child === child) this.#child = null;
    });
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => child.kill('SIGKILL'), readyMs);
      const onLine = (line: string) => {
        this.#lastLines = [...this.#lastLines.slice(1 - quotedLines), line];
        if (!this.readyWhen.test(line)) return;
        clearTimeout(late);
        resolve(line);
      };
      for (const output of [child.stdout, child.stderr])
        createInterface({ input: output }).on('line', onLine);
      child.once('error', reject);
      child.once('close', () => reject(new Error([`${name} ended:`, ...this.#lastLines].join('\n  '))));
    });
  }

  /** Starts it as often as needed: what a killed process leaves behind takes the system a moment to clear up. */
  async ensureRunning(): Promise<void> {
    const deadline = performance.now() + readyMs;
    while (this.#child === null) {
      try {
        await this.start();
      } catch (error) {
        this.#child = null;
        if (performance.now() > deadline) throw error;
        await delay(retryMs);
      }
    }
  }

  /** As kill -9. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end(this.program.stopSignal);
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Starts dev servers as killable ones, in the place of the watchdog. */
export class Nemesis implements Supervisor {
  readonly #servers: KillableServer[] = [];

  constructor(private readonly caretaker: Caretaker) {}

  /** The server that was started last. @throws when none was */
  get latest(): KillableServer {
    const server = this.#servers.at(-1);
    if (server === undefined) throw new Error('no server was started');
    return server;
  }

  async startServer(program: Program, readyWhen: RegExp): Promise<SupervisedServer> {
    const server = new KillableServer(program, readyWhen, this.caretaker);
    this.#servers.push(server);
    const readyLine = await server.start();
    return {
      get pid() {
        return server.pid;
      },
      readyLine,
      ended: new Promise(() => {}),
      stop: () => server.stop(),
    };
  }

  async runTask(program: Program): Promise<void> {
    const { name, command, args, cwd, uid, gid, env, stopSignal } = program;
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    this.caretaker.watch(child, stopSignal);
    const [code] = await once(child, 'exit');
    this.caretaker.ended(child);
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.toReversed()) {
      server.resume();
      await server.stop();
    }
  }
}
