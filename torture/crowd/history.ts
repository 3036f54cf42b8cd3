import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { jsonLine } from '../../src/cli/output/json.js';
import type { CancellationCall, PurchaseCall } from '../../src/replay/judge/history-lines.js';

/** Purchases and cancellations as docs/judge.md describes them, and what else there is to judge. */
export class History {
  readonly purchases: PurchaseCall[] = [];
  readonly cancellations: CancellationCall[] = [];
  readonly others: unknown[] = [];
  readonly #startedAt = performance.now();

  /** Milliseconds since the beginning of the history. */
  now(): number {
    return performance.now() - this.#startedAt;
  }

  get calls(): number {
    return this.purchases.length + this.cancellations.length;
  }

  async write(file: string, header: object, log: readonly string[]): Promise<void> {
    const out = createWriteStream(file);
    const lines = [
      jsonLine({ onsale: 'history', version: 1, complete: true, ...header }),
      ...[...this.purchases, ...this.cancellations, ...this.others].map(jsonLine),
      ...log,
    ];
    for (const line of lines) if (!out.write(`${line}\n`)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
  }
}
