import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { checkEveryAnswer } from '../support/check-every-answer.js';

interface Chunk {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

const bytesOf = (chunk: Buffer | string, encoding: BufferEncoding): Buffer =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;

/** One end of a connection within this process: a socket without a file descriptor. */
class End extends Socket {
  other: End | null = null;
  #onTaken: (() => void) | null = null;

  override _read(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = null;
    onTaken?.();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.other?.deliver(bytesOf(chunk, encoding), done);
  }

  override _writev(chunks: readonly Chunk[], done: () => void): void {
    const bytes = chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding));
    this.other?.deliver(Buffer.concat(bytes), done);
  }

  override _final(done: () => void): void {
    this.other?.deliver(null, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    super._destroy(error, (problem) => {
      done(problem ?? null);
      if (this.other?.destroyed === false) this.other.deliver(null, () => this.other?.destroySoon());
    });
  }

  /** There is nothing that could keep the process running. */
  override ref(): this {
    return this;
  }

  override unref(): this {
    return this;
  }

  protected deliver(chunk: Buffer | null, onTaken: () => void): void {
    if (chunk === null || this.destroyed || this.readableEnded) {
      if (!this.destroyed) this.push(null);
      onTaken();
    } else {
      this.#onTaken = onTaken;
      if (this.push(chunk)) this._read();
    }
  }
}

/** A client of a server that does not listen: HTTP as always, and no port. */
export function memoryClient(server: Server): Dispatcher {
  const agent = new Agent({
    connect: (_, callback) => {
      const [near, far] = [new End(), new End({ allowHalfOpen: true })];
      near.other = far;
      far.other = near;
      server.emit('connection', far);
      // Never at once: undici takes a connection for one that comes later.
      setImmediate(callback, null, near);
    },
  });
  return agent.compose(checkEveryAnswer);
}
