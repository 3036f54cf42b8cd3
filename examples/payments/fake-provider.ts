import { setTimeout as delay } from 'node:timers/promises';

/** `created`: the customer has not paid. `authorised`: the money is reserved, and can be captured or given back. */
export type PaymentStatus = 'created' | 'authorised' | 'captured' | 'voided' | 'refunded';

export interface Payment {
  readonly id: string;
  readonly holdId: string;
  status: PaymentStatus;
}

/** Says that a payment was made. May never come, come twice, late, and after later ones. */
export type Notice = Pick<Payment, 'id' | 'holdId'>;

export interface Faults {
  readonly random: () => number;
  /** Share of calls and notices that are lost: a call before or after it has had its effect. */
  readonly lost: number;
  /** Share of notices that are sent twice. */
  readonly doubled: number;
  /** Calls and notices take up to this long, in ms, so they overtake each other. */
  readonly longestDelayMs: number;
}

export class CallLost extends Error {
  override readonly name = 'CallLost';
}

/** A payment provider as one has to expect it. What it knows is right; what it says may be lost. */
export class FakeProvider {
  readonly #payments = new Map<string, Payment>();
  #notices = new Set<Promise<void>>();
  onNotice: (notice: Notice) => void = () => {};

  constructor(private readonly faults: Faults) {}

  /** Idempotent: the shop chooses the id. */
  create(id: string, holdId: string): Promise<void> {
    return this.#call(() => {
      if (!this.#payments.has(id)) this.#payments.set(id, { id, holdId, status: 'created' });
    });
  }

  /**
   * What the customer does, not the shop.
   * @param capturesAtOnce as bank transfers do: the money is taken before the shop has said a word
   */
  pay(id: string, capturesAtOnce: boolean): void {
    const payment = this.#of(id);
    if (payment.status !== 'created') return;
    payment.status = capturesAtOnce ? 'captured' : 'authorised';
    const { random, doubled } = this.faults;
    for (let times = random() < doubled ? 2 : 1; times > 0; times--) this.#notify(payment);
  }

  /** Takes the money. Repeats change nothing; neither does a capture of what was given back. */
  capture(id: string): Promise<PaymentStatus> {
    return this.#change(id, { authorised: 'captured' });
  }

  /** Gives the money back, or lets go of it. Repeats change nothing. */
  giveBack(id: string): Promise<PaymentStatus> {
    return this.#change(id, { created: 'voided', authorised: 'voided', captured: 'refunded' });
  }

  /** All payments: what a shop asks for when it cannot know what it was not told. */
  list(): Promise<readonly Readonly<Payment>[]> {
    return this.#call(() => [...this.#payments.values()].map((payment) => ({ ...payment })));
  }

  /** Resolves when no notice is on its way. */
  async idle(): Promise<void> {
    while (this.#notices.size > 0) await Promise.all(this.#notices);
  }

  #of(id: string): Payment {
    const payment = this.#payments.get(id);
    if (payment === undefined) throw new Error(`there is no payment ${id}`);
    return payment;
  }

  #change(id: string, next: Partial<Record<PaymentStatus, PaymentStatus>>): Promise<PaymentStatus> {
    return this.#call(() => {
      const payment = this.#of(id);
      payment.status = next[payment.status] ?? payment.status;
      return payment.status;
    });
  }

  async #call<Result>(effect: () => Result): Promise<Result> {
    const { random, lost, longestDelayMs } = this.faults;
    await delay(random() * longestDelayMs);
    if (random() < lost / 2) throw new CallLost('the call was lost');
    const result = effect();
    await delay(random() * longestDelayMs);
    if (random() < lost / 2) throw new CallLost('the answer was lost');
    return result;
  }

  #notify({ id, holdId }: Payment): void {
    const { random, lost, longestDelayMs } = this.faults;
    if (random() < lost) return;
    const notice = delay(random() * longestDelayMs).then(() => {
      this.#notices.delete(notice);
      this.onNotice({ id, holdId });
    });
    this.#notices.add(notice);
  }
}
