import { once } from 'node:events';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { asGrpcError, unavailable } from './errors.js';

/** A call whose responses are bytes already. */
export type BytesCall<Request> = ServerWritableStream<Request, Buffer>;

type Call<Response> = ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>;

/** The sending side of a call: sends no faster than the client takes, until the call is over. */
export class ResponseStream<Response> {
  private readonly over = new AbortController();

  private constructor(private readonly call: Call<Response>) {}

  /**
   * Runs `respond` and ends the call with its outcome. The call ends early when the client cancels it, its
   * deadline passes or its connection drops, and when `stopping` aborts: then `signal` does too.
   */
  static serve<Response>(
    call: Call<Response>,
    stopping: AbortSignal,
    respond: (outlet: ResponseStream<Response>) => Promise<void>,
  ): void {
    const outlet = new ResponseStream(call);
    const stop = () => outlet.over.abort(stopping.reason);
    call.once('cancelled', () => outlet.over.abort(unavailable('The call was cancelled')));
    stopping.addEventListener('abort', stop);
    respond(outlet)
      .then(
        () => call.end(),
        (error) => outlet.fail(error),
      )
      .finally(() => stopping.removeEventListener('abort', stop));
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Returns false when the client is slow to read: `drained` resolves when to go on. */
  write(response: Response): boolean {
    return this.call.write(response);
  }

  /** @throws when the call is over */
  async drained(): Promise<void> {
    await once(this.call, 'drain', { signal: this.signal });
  }

  private fail(error: unknown): void {
    if (this.call.cancelled) return;
    this.call.emit('error', asGrpcError(this.signal.aborted ? this.signal.reason : error));
  }
}
