import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Caretaker } from '../cleanup/caretaker.js';
import type { Arm, FaultPoint } from './fault-points.js';
import type { Paths } from './paths.js';

const keptLines = 5_000;
const quotedLines = 10;

export interface ServiceOptions {
  readonly name: string;
  readonly file: string;
  readonly paths: Paths;
  readonly variables: Readonly<Record<string, string>>;
  readonly caretaker: Caretaker;
}

/** One process of the service, which can be killed, paused, stopped and started again. */
export class Service {
  #child: ChildProcess | null = null;
  #isPaused = false;
  #expected = false;
  readonly #lines: string[] = [];
  readonly #deaths: (() => void)[] = [];
  url = '';
  /** Ends that nobody brought about, in words. */
  readonly crashes: string[] = [];

  constructor(readonly options: ServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== null && !this.#isPaused;
  }

  /** What it wrote, as far as it was kept. */
  get output(): readonly string[] {
    return this.#lines;
  }

  get lastLines(): readonly string[] {
    return this.#lines.slice(-quotedLines);
  }

  async start(): Promise<void> {
    const { file, paths, variables, caretaker } = this.options;
    const child = fork(file, {
      env: {
        ...process.env,
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
        PORT: '0',
        ...paths.variables,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    this.#isPaused = false;
    this.#expected = false;
    caretaker.watch(child, 'SIGKILL');
    child.once('exit', (code, signal) => {
      caretaker.ended(child);
      if (this.#child !== child) return;
      this.#child = null;
      if (!this.#expected) this.crashes.push(`${this.name} ended with ${signal ?? code}`);
      for (const died of this.#deaths.splice(0)) died();
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${this.name} ended before it listened: ${this.lastLines.join('\n')}`);
    });
    const listening = new Promise<string>((resolve) => {
      for (const output of [child.stdout, child.stderr])
        if (output !== null)
          createInterface({ input: output }).on('line', (line) => {
            const url = /listens on (http\S+)/.exec(line)?.[1];
            if (url !== undefined) resolve(url);
            else this.#lines.push(line);
            if (this.#lines.length > keptLines) this.#lines.splice(0, keptLines / 2);
          });
    });
    this.url = await Promise.race([listening, ended]);
    ended.catch(() => {});
  }

  /** As kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it as a rollout does. */
  async stop(): Promise<void> {
    this.resume();
    await this.#end('SIGTERM');
  }

  pause(): void {
    this.#isPaused = true;
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#isPaused = false;
    this.#child?.kill('SIGCONT');
  }

  /** Kills or stops it when it comes by this point; null disarms it. */
  arm(point: FaultPoint | null, signal: Arm['signal'] = 'SIGKILL'): void {
    if (point !== null && signal === 'SIGKILL') this.#expected = true;
    if (this.#child?.connected) this.#child.send({ point, signal } satisfies Arm, () => {});
  }

  /** Resolves at its next death. */
  get died(): Promise<void> {
    if (this.#child === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#deaths.push(resolve);
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#expected = true;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
