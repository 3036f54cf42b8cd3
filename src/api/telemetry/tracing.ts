import type { IncomingHttpHeaders } from 'node:http';
import type { CommandTracing, TraceParent } from '../../commands/tracing.js';

/** Spans of a process, from a request to the read models. Null in the services where traces are not configured. */
export interface Tracing extends CommandTracing {
  /** A request that has arrived. Its span continues that of the client, where the headers name one. */
  request(method: string, headers: IncomingHttpHeaders): RequestSpan;
  /** Rows of some events were committed just now. The span links to those of their appends. */
  projected(appends: readonly TraceParent[], events: number, tookMs: number): void;
  /** Sends what was not sent yet. Never rejects. */
  close(): Promise<void>;
}

export interface RequestSpan {
  readonly traceId: string;
  /** For what the request causes; undefined where the trace is not sampled. */
  readonly traceParent: TraceParent | undefined;
  end(result: {
    readonly route: string | undefined;
    readonly status: number;
    readonly problem: string | undefined;
  }): void;
}
