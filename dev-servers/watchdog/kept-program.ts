import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { identityOf, type ProcessIdentity } from './process-identity.js';
import type { Ending, Program } from './protocol.js';

/** How long a program gets between its stop signal and SIGKILL, in milliseconds. */
const STOP_GRACE_MS = 30_000;
/** The pause before a dead server is started again, in milliseconds: doubled with each death, up to the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A server that was ready for so long, in milliseconds, counts as sound: its next death is a first one again. */
const SOUND_MS = 30_000;

/** The events of a program. */
export interface ProgramEvents {
  started(process: ProcessIdentity): void;
  line(line: string): void;
  /** The program ended and is started again after `pauseMs`. */
  died(ending: Ending, pauseMs: number): void;
  /** The program ended for good. */
  ended(ending: Ending): void;
}

/**
 * A program that the watchdog runs. Once it is ready, it is started again whenever it dies, with growing pauses, until it is
 * stopped. A program that dies before it is ready has ended for good.
 */
export class KeptProgram {
  readonly ended: Promise<void>;
  #process: ProcessIdentity | undefined;
  #child: ChildProcess | undefined;
  #stopping = false;
  #wasReady = false;
  #readySince: number | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #nextStart: NodeJS.Timeout | undefined;
  #onEnded: () => void = () => {};

  /** @param readyWhen undefined for a program that ends by itself */
  constructor(
    private readonly program: Program,
    private readonly readyWhen: RegExp | undefined,
    private readonly events: ProgramEvents,
  ) {
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
    this.#start();
  }

  /** The pid; undefined while it does not run. */
  get process(): ProcessIdentity | undefined {
    return this.#process;
  }

  /** Sends its stop signal, and SIGKILL 30 s later. Resolves when it has ended for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#nextStart !== undefined) {
      clearTimeout(this.#nextStart);
      this.#nextStart = undefined;
      this.#end({ code: null, signal: null });
    }
    this.#child?.kill(this.program.stopSignal);
    const lastResort = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(lastResort);
  }

  #start(): void {
    this.#nextStart = undefined;
    try {
      const child = spawned(this.program);
      this.#child = child;
      child.once('spawn', () => {
        // Identified before it can be reaped: this process is its parent.
        this.#process = child.pid === undefined ? undefined : identityOf(child.pid);
        if (this.#process !== undefined) this.events.started(this.#process);
      });
      child.once('error', (error) => this.events.line(error.message));
      this.#readLines(child.stdout);
      this.#readLines(child.stderr);
      // "close" comes after the last line of output, and also when the program could not be started.
      child.once('close', (code, signal) => this.#closed({ code, signal }));
    } catch (error) {
      this.events.line(`${this.program.name} cannot be started: ${error}`);
      this.#closed({ code: null, signal: null });
    }
  }

  #readLines(output: Readable): void {
    createInterface({ input: output }).on('line', (line) => {
      if (this.readyWhen?.test(line)) {
        this.#wasReady = true;
        this.#readySince ??= performance.now();
      }
      this.events.line(line);
    });
  }

  #closed(ending: Ending): void {
    this.#child = undefined;
    this.#process = undefined;
    if (this.#stopping || !this.#wasReady) {
      this.#end(ending);
      return;
    }
    if (this.#readySince !== null && performance.now() - this.#readySince >= SOUND_MS)
      this.#pauseMs = FIRST_PAUSE_MS;
    this.#readySince = null;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    this.#nextStart = setTimeout(() => this.#start(), pauseMs);
    this.events.died(ending, pauseMs);
  }

  #end(ending: Ending): void {
    this.events.ended(ending);
    this.#onEnded();
  }
}

const spawned = ({ command, args, cwd, uid, gid, env }: Program) =>
  spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
