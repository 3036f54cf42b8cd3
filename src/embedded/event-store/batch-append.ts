import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type BatchResult, badRequest, batchResult, maximumSizeExceeded, timeout } from './batch-results.js';
import { asGrpcError, type GrpcError } from './errors.js';
import { AppendSize, expectedOfBatch, MAX_APPEND_BYTES, proposedEvent, streamName } from './messages.js';
import type { AppendRequest, ProposedEvent } from './model.js';
import type { Writer } from './writer.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** An append that has begun to arrive: answered once, by whatever comes first. */
interface Open {
  readonly correlationId: shared.UUID;
  readonly request: AppendRequest & { readonly events: ProposedEvent[] };
  readonly size: AppendSize;
  readonly timer: NodeJS.Timeout;
}

/** No append waits longer for its answer, whatever its deadline says. */
const MAX_WAIT_MS = 10_000;

/** Appends of one call that may be open at once. */
const MAX_OPEN = 8_192;

/** `Streams/BatchAppend`: many appends over one call, in chunks, each answered under its correlation id. */
export const batchAppendHandler =
  (writer: Writer, stopping: AbortSignal) =>
  (call: Call): void => {
    new BatchAppend(call, writer, stopping);
  };

class BatchAppend {
  private readonly open = new Map<string, Open>();
  private holds = 0;
  private draining = false;
  private ended = false;

  constructor(
    private readonly call: Call,
    private readonly writer: Writer,
    private readonly stopping: AbortSignal,
  ) {
    call.on('data', (request: streams.BatchAppendReq) => this.receive(request));
    call.once('end', () => {
      this.ended = true;
      this.endIfDone();
    });
    call.once('cancelled', this.abandon);
    stopping.addEventListener('abort', this.stop);
  }

  private receive(request: streams.BatchAppendReq): void {
    const correlationId = request.getCorrelationId() ?? new shared.UUID();
    const key = correlationKey(correlationId);
    try {
      this.begin(key, correlationId, request.getOptions());
      const open = this.open.get(key);
      if (open !== undefined) this.continue(key, open, request);
    } catch (error) {
      const stream = request.getOptions()?.getStreamIdentifier() ?? new shared.StreamIdentifier();
      this.forget(key);
      this.write(correlationId, stream, badRequest(asGrpcError(error).details));
    }
  }

  private begin(
    key: string,
    correlationId: shared.UUID,
    options: streams.BatchAppendReq.Options | undefined,
  ) {
    if (options === undefined || this.open.has(key)) return;
    const stream = streamName(options.getStreamIdentifier());
    const wait = waitOf(options);
    if (wait <= 0) {
      this.write(correlationId, identifierOf(stream), timeout());
      return;
    }
    if (this.open.size >= MAX_OPEN) throw new Error(`More than ${MAX_OPEN} appends are open`);
    this.open.set(key, {
      correlationId,
      request: { stream, expected: expectedOfBatch(options), events: [], abandoned: false },
      size: new AppendSize(),
      timer: setTimeout(() => this.answer(key, timeout()), wait),
    });
  }

  private continue(key: string, open: Open, request: streams.BatchAppendReq): void {
    for (const message of request.getProposedMessagesList()) {
      const event = proposedEvent(message);
      if (!open.size.add(event)) {
        this.answer(key, maximumSizeExceeded(MAX_APPEND_BYTES));
        return;
      }
      open.request.events.push(event);
    }
    if (!request.getIsFinal()) return;
    this.writer.append(open.request).then(
      (outcome) => this.answer(key, batchResult(outcome, open.request.expected)),
      (error) => this.fail(asGrpcError(error)),
    );
    if (this.writer.isFull) {
      this.hold();
      this.writer.onRoom(this.release);
    }
  }

  private answer(key: string, result: BatchResult): void {
    const open = this.forget(key);
    if (open !== undefined) this.write(open.correlationId, identifierOf(open.request.stream), result);
    this.endIfDone();
  }

  private forget(key: string): Open | undefined {
    const open = this.open.get(key);
    if (open === undefined) return undefined;
    clearTimeout(open.timer);
    this.open.delete(key);
    open.request.abandoned = true;
    return open;
  }

  private write(correlationId: shared.UUID, stream: shared.StreamIdentifier, result: BatchResult): void {
    const response = new streams.BatchAppendResp()
      .setCorrelationId(correlationId)
      .setStreamIdentifier(stream);
    if (result instanceof statuses.Status) response.setError(result);
    else response.setSuccess(result);
    if (this.call.write(response) || this.draining) return;
    this.draining = true;
    this.hold();
    this.call.once('drain', () => {
      this.draining = false;
      this.release();
    });
  }

  /** Reads no more requests until `release`. */
  private hold(): void {
    this.holds++;
    this.call.pause();
  }

  private readonly release = (): void => {
    if (--this.holds === 0) this.call.resume();
  };

  private readonly abandon = (): void => {
    for (const key of this.open.keys()) this.forget(key);
    this.stopping.removeEventListener('abort', this.stop);
  };

  private readonly stop = (): void => this.fail(asGrpcError(this.stopping.reason));

  private fail(error: GrpcError): void {
    this.abandon();
    this.call.emit('error', error);
  }

  private endIfDone(): void {
    if (!this.ended || this.open.size > 0) return;
    this.stopping.removeEventListener('abort', this.stop);
    this.call.end();
  }
}

/** A correlation id may be anything that tells appends apart, for all that it is a UUID. */
const correlationKey = (id: shared.UUID): string =>
  id.hasStructured() ? Buffer.from(id.serializeBinary()).toString('hex') : id.getString();

const identifierOf = (stream: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

/** Milliseconds from now to the request's deadline. */
function waitOf(options: streams.BatchAppendReq.Options): number {
  const deadline = options.getDeadline();
  if (deadline === undefined) return MAX_WAIT_MS;
  return Math.min(deadline.toDate().getTime() - Date.now(), MAX_WAIT_MS);
}
