import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '../../dev-servers/watchdog/process-identity.js';
import type { ToCaretaker } from './protocol.js';

/**
 * Whatever a run starts and makes is gone when the run has ended: in good order, by an error, by a signal, or by kill -9. A process
 * beside the run sees to that.
 */
export class Caretaker {
  private constructor(
    /** What is made in here goes with the run. Other accounts may pass through it. */
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Resolves when it listens: from then on something may be started. */
  static async start(): Promise<Caretaker> {
    const folder = mkdtempSync(join(tmpdir(), 'onsale-torture-'));
    chmodSync(folder, 0o711);
    const file = new URL('./caretaker-process.js', import.meta.url).pathname;
    const process = fork(file, [folder], {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(process, 'message');
    // It alone does not keep a run that has nothing left to do.
    process.unref();
    process.channel?.unref();
    return new Caretaker(folder, process);
  }

  /** @param stopSignal is sent first, and SIGKILL to what does not heed it */
  watch({ pid }: ChildProcess, stopSignal: NodeJS.Signals): void {
    const process = pid === undefined ? undefined : identityOf(pid);
    if (process !== undefined) this.#tell({ kind: 'process', process, stopSignal });
  }

  ended({ pid }: ChildProcess): void {
    if (pid !== undefined) this.#tell({ kind: 'ended', pid });
  }

  mounted(folder: string): void {
    this.#tell({ kind: 'mount', folder });
  }

  /** Resolves when nothing is left. */
  async close(): Promise<void> {
    if (!this.process.connected) return;
    const gone = once(this.process, 'exit');
    this.process.ref();
    this.process.disconnect();
    await gone;
  }

  #tell(message: ToCaretaker): void {
    if (this.process.connected) this.process.send(message, () => {});
  }
}
