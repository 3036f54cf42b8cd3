import type { ServerResponse } from 'node:http';
import type { Message } from './message.js';

/** One open stream. */
export class Viewer {
  #shown: Message | null = null;
  #stuckSince: number | null = null;

  constructor(
    private readonly response: ServerResponse,
    private readonly seen: bigint | undefined,
  ) {}

  /**
   * Sends the message, unless the viewer has it or has not taken the one before yet.
   * @returns whether anything was sent
   */
  show(message: Message): boolean {
    if (message === this.#shown || !this.#isFree) return false;
    const isKnown = this.#shown === null && this.seen !== undefined && message.revision <= this.seen;
    if (isKnown && !message.isRepeat) return false;
    this.#shown = message;
    this.response.write(message.bytes);
    return true;
  }

  /** Whether a message has waited for `patienceMs` to be taken. To be asked often. */
  isStuck(patienceMs: number, now: number): boolean {
    if (this.#isFree) {
      this.#stuckSince = null;
      return false;
    }
    this.#stuckSince ??= now;
    return now - this.#stuckSince >= patienceMs;
  }

  drop(): void {
    this.response.destroy();
  }

  end(): void {
    this.response.end();
  }

  /** All that was written has left this process. */
  get #isFree(): boolean {
    return this.response.writableLength === 0;
  }
}
