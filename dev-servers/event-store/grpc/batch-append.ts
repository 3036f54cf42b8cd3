import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type AppendRequest, type ProposedEvent, Unstorable } from '../log/model.js';
import type { Writer } from '../log/writer.js';
import { type BatchResult, badRequest, batchResult, maximumSizeExceeded, timeout } from './batch-results.js';
import { asGrpcError } from './errors.js';
import { AppendSize, expectedOfBatch, MAX_APPEND_BYTES, proposedEvent, streamName } from './parse-request.js';
import { ResponseStream } from './response-stream.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** An append that has begun to arrive. It is answered once: written, refused, timed out or cancelled. */
interface Open {
  readonly request: AppendRequest & { readonly events: ProposedEvent[] };
  readonly size: AppendSize;
  readonly timer: NodeJS.Timeout;
  readonly answer: (result: BatchResult) => void;
}

/** The longest wait for an answer in ms, whatever the request's deadline. */
const MAX_WAIT_MS = 10_000;

/** Appends of one call that may be open at once. */
const MAX_OPEN = 8_192;

/** `Streams/BatchAppend`: many appends over one call, in chunks, each answered under its correlation id. */
export const batchAppendHandler =
  (writer: Writer, stopping: AbortSignal) =>
  (call: Call): void =>
    ResponseStream.serve(call, stopping, (outlet) => new BatchAppend(outlet, writer).run(call));

class BatchAppend {
  private readonly open = new Map<string, Open>();
  private onSettled = () => {};
  private onFailed: (reason: unknown) => void = () => {};

  constructor(
    private readonly outlet: ResponseStream<streams.BatchAppendResp>,
    private readonly writer: Writer,
  ) {}

  /** Resolves when the client has sent its last append and has all its answers. */
  async run(call: Call): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.onFailed = reject;
      this.outlet.signal.addEventListener('abort', () => reject(this.outlet.signal.reason));
    });
    try {
      await Promise.race([failed, this.receiveAll(call)]);
    } finally {
      for (const key of this.open.keys()) this.close(key);
    }
  }

  private async receiveAll(call: Call): Promise<void> {
    for await (const request of call.iterator({ destroyOnReturn: false })) {
      if (request instanceof streams.BatchAppendReq) this.receive(request);
      await this.writer.room();
      if (call.writableNeedDrain) await this.outlet.drained();
    }
    while (this.open.size > 0)
      await new Promise<void>((resolve) => {
        this.onSettled = resolve;
      });
  }

  private receive(request: streams.BatchAppendReq): void {
    const correlationId = request.getCorrelationId() ?? new shared.UUID();
    const key = Buffer.from(correlationId.serializeBinary()).toString('latin1');
    const options = request.getOptions();
    const answer = (result: BatchResult) => {
      this.close(key);
      this.outlet.write(response(correlationId, options?.getStreamIdentifier(), result));
    };
    try {
      if (options !== undefined && !this.open.has(key)) this.begin(key, options, answer);
      const open = this.open.get(key);
      if (open !== undefined) this.continue(open, request);
    } catch (error) {
      (this.open.get(key)?.answer ?? answer)(badRequest(asGrpcError(error).details));
    }
  }

  private begin(key: string, options: streams.BatchAppendReq.Options, answer: Open['answer']): void {
    const stream = streamName(options.getStreamIdentifier());
    const expected = expectedOfBatch(options);
    const wait = waitOf(options);
    if (this.open.size >= MAX_OPEN) throw new Error(`More than ${MAX_OPEN} appends are open`);
    if (wait <= 0) answer(timeout());
    else
      this.open.set(key, {
        request: { stream, expected, events: [], abandoned: false },
        size: new AppendSize(),
        timer: setTimeout(() => answer(timeout()), wait),
        answer,
      });
  }

  private continue({ request, size, answer }: Open, message: streams.BatchAppendReq): void {
    for (const proposed of message.getProposedMessagesList()) {
      const event = proposedEvent(proposed);
      if (!size.add(event)) {
        answer(maximumSizeExceeded(MAX_APPEND_BYTES));
        return;
      }
      request.events.push(event);
    }
    if (!message.getIsFinal()) return;
    this.writer.append(request).then(
      (outcome) => {
        if (!request.abandoned) answer(batchResult(outcome, request));
      },
      (error) => {
        if (!(error instanceof Unstorable)) this.onFailed(error);
        else if (!request.abandoned) answer(badRequest(error.message));
      },
    );
  }

  /** A closed append is not answered any more, and not written if its turn has not come yet. */
  private close(key: string): void {
    const open = this.open.get(key);
    if (open === undefined) return;
    clearTimeout(open.timer);
    open.request.abandoned = true;
    this.open.delete(key);
    this.onSettled();
  }
}

/** The client needs the stream's name even with an error. */
function response(
  correlationId: shared.UUID,
  stream: shared.StreamIdentifier | undefined,
  result: BatchResult,
): streams.BatchAppendResp {
  const message = new streams.BatchAppendResp()
    .setCorrelationId(correlationId)
    .setStreamIdentifier(stream ?? new shared.StreamIdentifier());
  return result instanceof statuses.Status ? message.setError(result) : message.setSuccess(result);
}

/** Milliseconds from now to the request's deadline. */
function waitOf(options: streams.BatchAppendReq.Options): number {
  const deadline = options.getDeadline();
  if (deadline === undefined) return MAX_WAIT_MS;
  return Math.min(deadline.toDate().getTime() - Date.now(), MAX_WAIT_MS);
}
