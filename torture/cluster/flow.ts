import type { Socket } from 'node:net';

/** What happens to the bytes of one direction. `drop`: they are thrown away, so the connection has to be cut afterwards. */
export type FlowState =
  | { readonly kind: 'pass' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'drop' };

const mostHeld = 1_024 * 1_024;

/** One direction of one connection. Bytes that are held back are delivered later, in order, as a network does. */
export class Flow {
  /** Null is the end of the connection. */
  readonly #held: { readonly dueAt: number; readonly chunk: Buffer | null }[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether bytes were thrown away. */
  isDamaged = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private state: FlowState,
  ) {
    from.on('data', (chunk) => this.#take(chunk));
    from.on('close', () => this.#take(null));
    from.on('error', () => from.destroy());
    to.on('drain', () => this.#drain());
  }

  set(state: FlowState): void {
    this.state = state;
    this.#drain();
  }

  #take(chunk: Buffer | null): void {
    if (this.state.kind === 'drop' && chunk !== null) {
      this.isDamaged = true;
      return;
    }
    const ms = this.state.kind === 'slow' ? this.state.ms : 0;
    this.#held.push({ dueAt: performance.now() + ms, chunk });
    this.#heldBytes += chunk?.length ?? 0;
    if (this.#heldBytes > mostHeld) this.from.pause();
    this.#drain();
  }

  #drain(): void {
    clearTimeout(this.#timer);
    if (this.state.kind === 'silent') return;
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      const left = this.state.kind === 'slow' ? next.dueAt - performance.now() : 0;
      if (left > 0) {
        this.#timer = setTimeout(() => this.#drain(), left);
        return;
      }
      this.#held.shift();
      if (next.chunk === null) {
        this.to.destroy();
        return;
      }
      this.#heldBytes -= next.chunk.length;
      if (!this.to.destroyed && !this.to.write(next.chunk)) break;
    }
    if (this.#heldBytes <= mostHeld && this.from.isPaused()) this.from.resume();
  }
}
