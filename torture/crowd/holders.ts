import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../../src/cli/demo/client.js';
import type { HoldCall, HoldChangeCall } from '../../src/replay/judge/history-lines.js';
import type { Service } from '../cluster/service.js';
import type { Caller } from './caller.js';
import type { CrowdOptions } from './crowd.js';
import { type Claim, type Customer, holdMs } from './plan.js';

/** How often one who waits looks whether tickets are offered, in ms. */
const lookEveryMs = 300;
/** How long after the expiry a late confirmation comes, in ms: the expiry is in the log by then, or is not. */
const lateMs = 200;

/** Customers who hold tickets and wait for some. Every call is recorded. */
export class Holders {
  constructor(
    private readonly caller: Caller,
    private readonly options: CrowdOptions,
  ) {}

  /** @returns the id of what was bought; null for nothing */
  async serve(customer: Customer, claim: Claim): Promise<string | null> {
    const holdId = claim.waits ? await this.#wait(customer, claim) : await this.#hold(customer, claim);
    return holdId === null ? null : this.#decide(customer, claim, holdId);
  }

  async #hold(customer: Customer, claim: Claim): Promise<string | null> {
    const { doors, key } = customer;
    const answers = await Promise.all(
      doors.map((door) => this.caller.insist(door, (service) => this.#ask(customer, service, key, false))),
    );
    for (const answer of answers) if (answer?.kind === 'held') return answer.holdId;
    const isRefused = answers.some(
      (answer) => answer?.kind === 'refused' && answer.reason !== 'limit-reached',
    );
    return isRefused && claim.waitsInstead ? this.#wait(customer, claim) : null;
  }

  /** Until tickets are offered, or the customer leaves the list. */
  async #wait(customer: Customer, claim: Claim): Promise<string | null> {
    const first = customer.doors[0] ?? 0;
    const key = `${customer.key}-waits`;
    const place = await this.caller.insist(first, (service) => this.#ask(customer, service, key, true));
    if (place?.kind !== 'held') return null;
    const { holdId } = place;
    const leavesAt = performance.now() + claim.patienceMs;
    for (let door = first; performance.now() < leavesAt; door++) {
      await delay(lookEveryMs);
      const status = await this.caller.once(door, (service) => this.#look(customer, service, holdId));
      if (status === 'open') return holdId;
      if (status !== null && status !== 'waiting') return null;
    }
    const left = await this.#change(customer, 'leave', holdId, first);
    return left?.kind === 'refused' && left.reason === 'already-offered' ? holdId : null;
  }

  async #decide(customer: Customer, { fate, afterMs }: Claim, holdId: string): Promise<string | null> {
    const [door = 0] = customer.doors;
    const confirm = (reference: string, at: number) => this.#confirm(customer, holdId, reference, at);
    await delay(fate === 'late' ? holdMs + lateMs + afterMs : afterMs);
    switch (fate) {
      case 'lapse':
        return null;
      case 'release':
        await this.#change(customer, 'release', holdId, door);
        return null;
      case 'release and confirm': {
        const release = this.#change(customer, 'release', holdId, door + 1);
        const bought = await confirm('payment', door);
        await release;
        return bought;
      }
      case 'confirm twice':
        return anyOf(await Promise.all([confirm('payment', door), confirm('payment', door + 1)]));
      case 'two payments':
        return anyOf(await Promise.all([confirm('payment', door), confirm('other-payment', door + 1)]));
      case 'extend':
        // Once only: each extension counts.
        await this.caller.once(door, (service) => this.#changeAt(customer, 'extension', holdId, service));
        await delay(holdMs - afterMs);
        return confirm('payment', door);
      default:
        return confirm('payment', door);
    }
  }

  async #ask(customer: Customer, service: Service, key: string, waits: boolean): Promise<HoldCall['answer']> {
    const { history } = this.options;
    const { customerId, quantity } = customer;
    const sentAt = history.now();
    const path = `${this.#concert(customer)}/${waits ? 'waiting-list' : 'holds'}`;
    const reply = await this.caller.post(service, path, { customerId, quantity }, key);
    const { holdId, revision } = (reply?.body ?? {}) as { holdId: string; revision: string };
    const answer =
      reply?.status === 201
        ? { kind: 'held' as const, holdId, revision: Number(revision) }
        : this.caller.notDone(reply);
    const what = { concertId: this.#id(customer), key, customerId, quantity, waits, sentAt };
    history.holds.push({ call: 'hold', ...what, endedAt: history.now(), answer });
    return answer;
  }

  async #look(customer: Customer, service: Service, holdId: string): Promise<string | null> {
    const reply = await this.caller.get(service, `${this.#concert(customer)}/waiting-list/${holdId}`);
    return reply?.status === 200 ? (reply.body as { status: string }).status : null;
  }

  async #confirm(
    customer: Customer,
    holdId: string,
    reference: string,
    door: number,
  ): Promise<string | null> {
    const { history } = this.options;
    const told = await this.caller.insist(door, async (service) => {
      const sentAt = history.now();
      const path = `${this.#concert(customer)}/holds/${holdId}/confirmation`;
      const answer = this.caller.sold(await this.caller.post(service, path, { reference }));
      const what = { concertId: this.#id(customer), holdId, reference, sentAt, endedAt: history.now() };
      history.holds.push({ call: 'confirmation', ...what, answer });
      return answer;
    });
    return told?.kind === 'accepted' ? told.purchaseId : null;
  }

  #change(customer: Customer, call: 'release' | 'leave', holdId: string, door: number) {
    return this.caller.insist(door, (service) => this.#changeAt(customer, call, holdId, service));
  }

  async #changeAt(
    customer: Customer,
    call: HoldChangeCall['call'],
    holdId: string,
    service: Service,
  ): Promise<HoldChangeCall['answer']> {
    const { history } = this.options;
    const sentAt = history.now();
    const concert = this.#concert(customer);
    const reply: Answer | null =
      call === 'leave'
        ? await this.caller.delete(service, `${concert}/waiting-list/${holdId}`)
        : await this.caller.post(service, `${concert}/holds/${holdId}/${call}`, {});
    const answer =
      reply?.status === 200
        ? { kind: 'done' as const, revision: Number((reply.body as { revision: string }).revision) }
        : this.caller.notDone(reply);
    history.holds.push({
      call,
      concertId: this.#id(customer),
      holdId,
      sentAt,
      endedAt: history.now(),
      answer,
    });
    return answer;
  }

  #id({ concert }: Customer): string {
    return this.options.concerts[concert] ?? '';
  }

  #concert = (customer: Customer): string => `/concerts/${this.#id(customer)}`;
}

const anyOf = (ids: readonly (string | null)[]): string | null => ids.find((id) => id !== null) ?? null;
