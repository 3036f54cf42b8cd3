import type { Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Refused } from '../../refused.js';
import { closeUntakenConnection } from './untaken-connections.js';
import type { PrimaryMessage, WorkerMessage } from './worker-messages.js';

export interface SupervisorOptions {
  readonly workers: number;
  /** Starts a worker's process. */
  readonly fork: () => Worker;
  /** A worker that sends nothing for this long is killed and replaced, in ms. */
  readonly silenceMs: number;
  readonly logger: Logger;
  /** Called with each worker that ends before the stop, and why. */
  readonly onEnd: (reason: EndReason) => void;
  /** Called with messages other than those of a worker's life cycle. */
  readonly onMessage: (worker: Worker, message: WorkerMessage) => void;
}

/** `hung`: killed by the supervisor. `not-started`: ended before it was ready. `ended`: any other end, a crash above all. */
export type EndReason = 'hung' | 'not-started' | 'ended';

/**
 * Heartbeats that a worker may miss before it counts as hung. Counted, not timed, so a pause of this process is not blamed on
 * the worker.
 */
export const heartbeatsMissed = 10;

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** Time a starting worker has until its first heartbeat, in ms: it loads the program first, which is slow on a busy machine. */
const loadingMs = 30_000;
/** A worker that was ready for this long is healthy; after its end the pauses start small again. */
const healthyMs = 60_000;

/** A place for one worker, and the process in it now, if any. */
interface Slot {
  worker: Worker | null;
  readySince: number | null;
  isHeard: boolean;
  missed: number;
  isKilled: boolean;
  problem: string | null;
  pauseMs: number;
}

const noLife: Omit<Slot, 'pauseMs'> = {
  worker: null,
  readySince: null,
  isHeard: false,
  missed: 0,
  isKilled: false,
  problem: null,
};

/**
 * Keeps a number of worker processes alive. Each goes from starting to ready. A worker that hangs (no heartbeats) is killed,
 * and one that ended is replaced after a pause that doubles and starts small again after a healthy time. A stop ends all of
 * them within its grace period, and none outlives this process unless this process is killed.
 */
export class WorkerSupervisor {
  readonly #slots: readonly Slot[];
  readonly #stopping = new AbortController();
  #kept: Promise<unknown> = Promise.resolve();
  #heartbeats: NodeJS.Timeout | undefined;
  #isStarted = false;

  constructor(private readonly options: SupervisorOptions) {
    this.#slots = Array.from({ length: options.workers }, () => ({
      ...noLife,
      pauseMs: firstPauseMs,
    }));
  }

  /**
   * Resolves with the address when every worker is ready. A worker that ends before that is not replaced.
   * @throws {Refused} when one of them cannot start; the others have ended then
   */
  async start(): Promise<string> {
    process.on('exit', this.#killAll);
    this.#heartbeats = setInterval(() => this.#checkHeartbeats(), this.options.silenceMs / heartbeatsMissed);
    const lives = this.#slots.map((slot) => this.#live(slot));
    const [first] = await Promise.all(lives.map(({ ready }) => ready)).catch(async (error: unknown) => {
      this.#killAll();
      await Promise.all(lives.map(({ ended }) => ended));
      this.#finish();
      throw error;
    });
    this.#isStarted = true;
    this.#kept = Promise.all(this.#slots.map((slot, i) => this.#keep(slot, lives[i]?.ended)));
    return first ?? '';
  }

  /** Workers that answer requests, as far as is known. */
  get ready(): readonly Worker[] {
    return this.#slots.flatMap(({ worker, readySince }) =>
      worker === null || readySince === null ? [] : worker,
    );
  }

  get pids(): readonly number[] {
    return this.#slots.flatMap(({ worker }) => worker?.process.pid ?? []);
  }

  /** Asks every worker to stop, and kills those still running after `graceMs`. Resolves when all have ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    for (const { worker } of this.#slots) worker?.process.kill('SIGTERM');
    const grace = setTimeout(() => {
      this.options.logger.error({ workers: this.pids }, 'workers did not stop in time and are killed');
      this.#killAll();
    }, graceMs);
    await this.#kept;
    clearTimeout(grace);
    this.#finish();
  }

  #finish(): void {
    clearInterval(this.#heartbeats);
    process.off('exit', this.#killAll);
  }

  readonly #killAll = (): void => {
    for (const { worker } of this.#slots) worker?.process.kill('SIGKILL');
  };

  async #keep(slot: Slot, first: Promise<void> | undefined): Promise<void> {
    await first;
    while (!this.#stopping.signal.aborted) {
      await pause(slot.pauseMs, this.#stopping.signal);
      slot.pauseMs = Math.min(slot.pauseMs * 2, longestPauseMs);
      if (!this.#stopping.signal.aborted) await this.#live(slot).ended;
    }
  }

  /** The life of one process. `ready` rejects if it ends first; `ended` never rejects. */
  #live(slot: Slot): { readonly ready: Promise<string>; readonly ended: Promise<void> } {
    const worker = this.options.fork();
    closeUntakenConnection(worker);
    Object.assign(slot, { ...noLife, worker });
    const ready = new Promise<string>((resolve) => {
      worker.on('message', (message: WorkerMessage) => {
        const url = this.#receive(slot, worker, message);
        if (url !== null) resolve(url);
      });
    });
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#ended(slot, { worker: worker.process.pid, code, signal });
        resolve();
      });
      worker.on('error', (error) => {
        this.options.logger.warn({ worker: worker.process.pid, err: error }, 'cannot reach a worker');
        // A process that could not be started has no exit.
        if (worker.process.pid !== undefined) return;
        this.#ended(slot, {});
        resolve();
      });
    });
    const failed = ended.then(() => {
      throw new Refused(slot.problem ?? 'a worker process ended before it was ready');
    });
    const readyOrFailed = Promise.race([ready, failed]);
    // Nothing awaits the readiness of a replacement.
    readyOrFailed.catch(() => {});
    return { ready: readyOrFailed, ended };
  }

  /** The address in the message, if it has one. */
  #receive(slot: Slot, worker: Worker, message: WorkerMessage): string | null {
    slot.isHeard = true;
    slot.missed = 0;
    switch (message.kind) {
      case 'heartbeat':
        return null;
      case 'ready':
        slot.readySince = performance.now();
        this.options.logger.info({ worker: worker.process.pid, url: message.url }, 'a worker is ready');
        return message.url;
      case 'cannot-start':
        slot.problem = message.problem;
        return null;
      default:
        this.options.onMessage(worker, message);
        return null;
    }
  }

  #ended(slot: Slot, about: object): void {
    const { readySince, isKilled, problem } = slot;
    if (readySince !== null && performance.now() - readySince >= healthyMs) slot.pauseMs = firstPauseMs;
    slot.worker = null;
    slot.readySince = null;
    // Before all are ready, the failed start itself is reported.
    if (!this.#isStarted || this.#stopping.signal.aborted) return;
    this.options.onEnd(isKilled ? 'hung' : readySince === null ? 'not-started' : 'ended');
    this.options.logger.error(
      { ...about, ...(problem === null ? {} : { problem }), startsInMs: slot.pauseMs },
      'a worker ended; another takes its place',
    );
  }

  #checkHeartbeats(): void {
    const { silenceMs } = this.options;
    const whileLoading = Math.max(heartbeatsMissed, (loadingMs / silenceMs) * heartbeatsMissed);
    for (const slot of this.#slots) {
      if (slot.worker === null || slot.isKilled) continue;
      if (++slot.missed <= (slot.isHeard ? heartbeatsMissed : whileLoading)) continue;
      slot.isKilled = true;
      const { pid } = slot.worker.process;
      this.options.logger.error({ worker: pid, silenceMs }, 'a worker hangs and is killed');
      slot.worker.process.kill('SIGKILL');
    }
  }
}

/**
 * Sends a message to a worker. A failure is ignored: the worker's end is handled elsewhere. Without the callback Node would
 * turn the failure into an error of this process.
 */
export function tell(worker: Worker, message: PrimaryMessage): void {
  if (worker.isConnected()) worker.process.send?.(message, () => {});
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
