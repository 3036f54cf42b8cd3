/**
 * A span that others may continue or link to, as the header `traceparent` of W3C Trace Context writes it. Only sampled spans are
 * passed on, and only where traces are configured.
 */
export type TraceParent = string;

/** Spans of the write side. Begun for commands that are traced; a command is only where its request was. */
export interface CommandTracing {
  /** The append of what was decided on some commands. One span serves them all, and links to the span of each. */
  appending(concertId: string, commands: readonly TraceParent[]): AppendSpan;
}

export interface AppendSpan {
  /** Goes into the metadata of the events, for those who read them. */
  readonly traceParent: TraceParent;
  /** @param result what became of it: `appended`, `wrong-revision`, `rejected` or `unknown` */
  end(result: string, events: number): void;
}
