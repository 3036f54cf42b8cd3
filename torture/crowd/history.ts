import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { jsonLine } from '../../src/cli/output/json.js';
import type {
  CancellationCall,
  ConfirmationCall,
  HoldCall,
  HoldChangeCall,
  PurchaseCall,
} from '../../src/replay/judge/history-lines.js';

/** Calls as docs/judge.md describes them, and what else there is to judge. */
export class History {
  readonly purchases: PurchaseCall[] = [];
  readonly cancellations: CancellationCall[] = [];
  readonly holds: (HoldCall | ConfirmationCall | HoldChangeCall)[] = [];
  readonly others: unknown[] = [];
  readonly #startedAt = performance.now();

  /** Milliseconds since the beginning of the history. */
  now(): number {
    return performance.now() - this.#startedAt;
  }

  get calls(): readonly { readonly answer: { readonly kind: string } }[] {
    return [...this.purchases, ...this.cancellations, ...this.holds];
  }

  async write(file: string, header: object, log: readonly string[]): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    const out = createWriteStream(file);
    const lines = [
      jsonLine({ onsale: 'history', version: 1, complete: true, ...header }),
      ...[...this.calls, ...this.others].map(jsonLine),
      ...log,
    ];
    for (const line of lines) if (!out.write(`${line}\n`)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
  }
}
