import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import type { ClaimRequest, ConfirmRequest } from '../../src/commands/holds/hold-commands.js';
import type { CancelOutcome, PurchaseOutcome, RetryLater } from '../../src/commands/outcome.js';
import type { ConfirmResult } from '../../src/domain/holds/confirm-hold.js';
import type { HoldResult } from '../../src/domain/holds/hold-tickets.js';
import type { FromSeller, SellerSetup, ToSeller } from './seller-process.js';

const processFile = new URL('../../dist/test/concurrency/seller-process.js', import.meta.url);

/** No answer: the process died, or took longer than the buyer would wait. */
export type Answer = PurchaseOutcome | NoAnswer;
interface NoAnswer {
  readonly kind: 'none';
}

/** Processes that are closed and may be opened again. */
const idle: ChildProcess[] = [];

/** Ends the processes that are not open: for the end of a test file. */
export async function endIdleSellers(): Promise<void> {
  await Promise.all(
    idle.splice(0).map(async (process) => {
      const exited = once(process, 'exit');
      process.disconnect();
      await exited;
    }),
  );
}

/** One service process, as its buyers see it. */
export class Seller {
  /** By id of the question; null when the process ended or took too long. */
  readonly #asked = new Map<number, (message: FromSeller | null) => void>();
  readonly #onMessage = (message: FromSeller) => {
    if ('id' in message) this.#answer(message.id, message);
    else if (message.kind === 'closed') this.#onClosed();
  };
  readonly #onExit = () => {
    this.exited = true;
    for (const id of this.#asked.keys()) this.#answer(id, null);
    this.#onClosed();
  };
  #onClosed = () => {};
  #lastId = 0;
  exited = false;

  private constructor(readonly process: ChildProcess) {
    process.on('message', this.#onMessage);
    process.on('exit', this.#onExit);
  }

  /** Opens an idle process, or a new one. */
  static async start(setup: SellerSetup): Promise<Seller> {
    const seller = new Seller(idle.pop() ?? fork(processFile, { serialization: 'advanced' }));
    const ready = once(seller.process, 'message');
    seller.#send({ kind: 'open', setup });
    await ready;
    return seller;
  }

  async purchase(request: PurchaseRequest, patienceMs: number): Promise<Answer> {
    const message = await this.#ask((id) => ({ kind: 'purchase', id, request }), patienceMs);
    return message?.kind === 'answer' ? message.outcome : { kind: 'none' };
  }

  async hold(request: ClaimRequest, patienceMs: number): Promise<HoldResult | RetryLater | NoAnswer> {
    const message = await this.#ask((id) => ({ kind: 'hold', id, request }), patienceMs);
    return message?.kind === 'held' ? message.outcome : { kind: 'none' };
  }

  async confirm(request: ConfirmRequest, patienceMs: number): Promise<ConfirmResult | RetryLater | NoAnswer> {
    const message = await this.#ask((id) => ({ kind: 'confirm', id, request }), patienceMs);
    return message?.kind === 'confirmed' ? message.outcome : { kind: 'none' };
  }

  async cancel(concertId: string, purchaseId: string): Promise<CancelOutcome | NoAnswer> {
    const message = await this.#ask((id) => ({ kind: 'cancel', id, concertId, purchaseId }), 30_000);
    return message?.kind === 'cancelled' ? message.outcome : { kind: 'none' };
  }

  /** Finishes what is in flight, and leaves the process to the next who starts one. */
  async close(): Promise<void> {
    if (this.exited) return;
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    this.#send({ kind: 'close' });
    await closed;
    this.process.off('message', this.#onMessage).off('exit', this.#onExit);
    if (!this.exited) idle.push(this.process);
  }

  #ask(message: (id: number) => ToSeller, patienceMs: number): Promise<FromSeller | null> {
    if (this.exited) return Promise.resolve(null);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, null), patienceMs);
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

  #answer(id: number, message: FromSeller | null): void {
    this.#asked.get(id)?.(message);
    this.#asked.delete(id);
  }
}
