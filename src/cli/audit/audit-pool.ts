import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import Tinypool from 'tinypool';
import type { ConcertAudit } from '../../replay/audit/audit.js';
import type { AuditSetup, AuditTask } from './audit-worker.js';

/** As many as there are cores, but each takes the memory of a concert. */
export const defaultThreads = Math.min(4, availableParallelism());

/** What a timer can be set to, in ms: a thread that has nothing to do is kept. */
const longestTimer = 2 ** 31 - 1;

/** Audits concerts in threads, each with connections of its own: folding a log keeps a core busy. */
export class AuditPool {
  readonly #pool: Tinypool;

  constructor(setup: AuditSetup, threads: number) {
    this.#pool = new Tinypool({
      filename: new URL('./audit-worker.js', import.meta.url).href,
      workerData: setup,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: longestTimer,
      // A thread that waits in Atomics would not hear from its connections.
      useAtomics: false,
      teardown: 'teardown',
    });
  }

  /** As `auditConcert`, which see. What a thread throws keeps its message, not its class. */
  async audit(concertId: string, onEvents: (events: number) => void): Promise<ConcertAudit | null> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', onEvents);
    const allTold = once(port1, 'close');
    try {
      const task: AuditTask = { concertId, progress: port2 };
      const audited: ConcertAudit | null = await this.#pool.run(task, { transferList: [port2] });
      await allTold;
      return audited;
    } finally {
      port1.close();
    }
  }

  /** Ends the threads; what they are at is dropped. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
