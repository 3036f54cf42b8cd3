import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { builtFile } from '../built-file.js';

const processFile = builtFile('bench/load/viewers-process.js');

/** The longest wait for the first message of the last of them, in ms. */
const longestMs = 60_000;

/** Viewers of a concert, in a process of their own. */
export class Viewers {
  private constructor(private readonly process: ReturnType<typeof fork>) {}

  /** Resolves when every viewer has had its first message. Rejects when one is not let in. */
  static async start(url: string, concertPath: string, count: number): Promise<Viewers> {
    const child = fork(processFile, [new URL(url).port, `${concertPath}/live`, String(count)]);
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('a viewer was not let in')));
    ended.catch(() => {});
    const settled = new AbortController();
    const late = delay(longestMs, undefined, { ref: false, signal: settled.signal }).then(() => {
      child.kill();
      throw new Error(`the viewers did not have their first message within ${longestMs} ms`);
    });
    late.catch(() => {});
    try {
      await Promise.race([once(child, 'message'), ended, late]);
    } finally {
      // Viewers that watch for longer are not late.
      settled.abort();
    }
    return new Viewers(child);
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}
