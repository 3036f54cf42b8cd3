import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import type { FromSeller, SellerSetup, ToSeller } from './seller-process.js';

const processFile = new URL('../../dist/test/concurrency/seller-process.js', import.meta.url);

/** No answer: the process died, or took longer than the buyer would wait. */
export type Answer = PurchaseOutcome | { readonly kind: 'none' };

/** One service process, as its buyers see it. */
export class Seller {
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  exited = false;

  private constructor(readonly process: ChildProcess) {
    process.on('message', (message: FromSeller) => {
      if (message.kind === 'answer') this.#answer(message.id, message.outcome);
      if (message.kind === 'cancelled') this.#answer(message.id, { kind: 'none' });
    });
    process.on('exit', () => {
      this.exited = true;
      for (const id of this.#asked.keys()) this.#answer(id, { kind: 'none' });
    });
  }

  static async start(setup: SellerSetup): Promise<Seller> {
    const child = fork(processFile, [JSON.stringify(setup)], { serialization: 'advanced' });
    await once(child, 'message');
    return new Seller(child);
  }

  purchase(request: PurchaseRequest, patienceMs: number): Promise<Answer> {
    return this.#ask((id) => ({ kind: 'purchase', id, request }), patienceMs);
  }

  async cancel(concertId: string, purchaseId: string): Promise<void> {
    await this.#ask((id) => ({ kind: 'cancel', id, concertId, purchaseId }), 30_000);
  }

  /** Finishes what is in flight and ends the process; answers what its observer counted. */
  async close(): Promise<Readonly<Record<string, number>>> {
    if (this.exited) return {};
    const closed = once(this.process, 'message');
    this.#send({ kind: 'close' });
    const [message] = (await closed) as [FromSeller];
    this.process.disconnect();
    return message.kind === 'closed' ? message.counts : {};
  }

  #ask(message: (id: number) => ToSeller, patienceMs: number): Promise<Answer> {
    if (this.exited) return Promise.resolve({ kind: 'none' });
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, { kind: 'none' }), patienceMs);
      this.#asked.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#send(message(id));
    });
  }

  #send(message: ToSeller): void {
    // A process that dies is noticed by its exit; what was on its way to it has no answer then.
    this.process.send(message, () => {});
  }

  #answer(id: number, answer: Answer): void {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }
}
