import type { Position } from '../../domain/log/recorded-event.js';

export interface AppliedBatch {
  readonly events: number;
  /** The tables hold every event up to here; null in an empty log. */
  readonly position: Position | null;
  /** How old the newest event was when its rows were committed, in ms; null for a batch without events. */
  readonly lagMs: number | null;
  /** How long the transaction took, in ms. */
  readonly tookMs: number;
  /** The spans of the appends of these events, each once, where they are traced. */
  traces(): readonly string[];
}

/** For logs and metrics. Called synchronously; must not throw. */
export interface ProjectionObserver {
  /** Whether this process is the one that projects. */
  leading(leading: boolean): void;
  applied(batch: AppliedBatch): void;
  /**
   * A failure that will be retried: `projecting` from the checkpoint, `stock-cache` with all concerts, `lock` for the
   * leadership.
   */
  failed(part: 'lock' | 'projecting' | 'stock-cache', error: unknown): void;
}
