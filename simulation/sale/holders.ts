import type { Commands } from '../../src/commands/commands.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import type { Customers } from './customers.js';
import type { HoldCall, HoldRequest, Moment } from './history.js';
import type { HoldStep } from './schedule.js';
import { outcomeInWords } from './words.js';

interface HoldersContext {
  readonly customers: Customers;
  readonly concertId: string;
  readonly now: () => Moment;
  readonly tell: (who: string, what: () => string) => void;
}

type Outcome = { readonly kind: string };

/** So many times somebody asks who has no final answer. */
const mostTries = 60;
/** Looks of somebody in the waiting list. */
const mostLooks = 12;

/** Customers who hold tickets before they buy, and who wait for some. */
export class Holders {
  readonly calls: HoldCall[] = [];

  constructor(private readonly context: HoldersContext) {}

  /** From the request to hold to what the step says: confirmed, released, both at once, or left to lapse. */
  async run(step: HoldStep): Promise<void> {
    const { customer, key, quantity, process, confirmAfterMs, releaseAfterMs, isDoubled, joins } = step;
    const holdId = purchaseIdOf(this.context.concertId, key);
    const about = { customer, key, quantity, holdId };
    const held = await this.#ask(process, { kind: 'hold', ...about });
    const isHeld = held?.kind === 'held' || held?.kind === 'replayed';
    if (isHeld) {
      await Promise.all([
        this.#confirm(process, about, 'payment', confirmAfterMs),
        isDoubled ? this.#confirm(process + 1, about, 'payment', confirmAfterMs) : null,
        this.#release(process + 2, about, releaseAfterMs),
      ]);
    } else if (joins && held?.kind === 'refused') {
      await this.#wait(
        process,
        { ...about, key: `${key} w`, holdId: this.#idOf(`${key} w`) },
        confirmAfterMs,
      );
    }
  }

  async #wait(slot: number, about: About, confirmAfterMs: number | null): Promise<void> {
    const joined = await this.#ask(slot, { kind: 'join', ...about });
    if (joined?.kind !== 'joined' && joined?.kind !== 'replayed') return;
    for (let look = 0; look < mostLooks; look++) {
      await this.context.customers.pause(`${about.key} looks`, 100, 1_500);
      if (await this.#isOffered(slot + look, about.holdId)) {
        await this.#confirm(slot, about, 'payment', confirmAfterMs);
        return;
      }
    }
    await this.#ask(slot, { kind: 'leave', ...about });
  }

  async #isOffered(slot: number, holdId: string): Promise<boolean> {
    const { customers, concertId } = this.context;
    const found = await customers.askOnce(slot, async ({ load, findHold }: Commands) => {
      try {
        return await findHold(await load(concertId), holdId);
      } catch {
        return undefined;
      }
    });
    return found !== null && found !== undefined && 'status' in found && found.status === 'open';
  }

  async #confirm(slot: number, about: About, reference: string, afterMs: number | null): Promise<void> {
    if (afterMs === null) return;
    await this.context.customers.pause(`${about.key} pays`, afterMs, 0);
    await this.#ask(slot, { kind: 'confirm', ...about, reference: `${reference} of ${about.key}` });
  }

  async #release(slot: number, about: About, afterMs: number | null): Promise<void> {
    if (afterMs === null) return;
    await this.context.customers.pause(`${about.key} releases`, afterMs, 0);
    await this.#ask(slot, { kind: 'release', ...about });
  }

  /** Asks until there is a final answer. */
  async #ask(slot: number, request: HoldRequest): Promise<Outcome | null> {
    const { customers, now, tell } = this.context;
    const about = `${request.kind} ${request.key} ${request.reference ?? ''}`;
    customers.expects(about);
    for (let i = 0; i < mostTries; i++) {
      const { process, commands } = customers.at(slot + i);
      const call: HoldCall = { request, process: process.name, sent: now(), answered: null };
      this.calls.push(call);
      tell(
        request.customer,
        () => `asks ${process.name} to ${request.kind} ${request.quantity} with key ${request.key}`,
      );
      const outcome = await customers.askOnce(slot + i, () =>
        this.#send(commands, request, process.clock.wallTime()),
      );
      if (outcome !== null) {
        call.answered = { ...now(), outcome };
        tell(request.customer, () => `is told ${outcomeInWords(outcome)} by ${process.name}`);
        if (outcome.kind !== 'busy' && outcome.kind !== 'unavailable') {
          customers.isAnswered(about);
          return outcome;
        }
      }
      await customers.pause(about, 10, 500 + 100 * i);
    }
    return null;
  }

  #send({ holds }: Commands, request: HoldRequest, arrivedAt: string): Promise<Outcome> {
    const { concertId } = this.context;
    const { kind, customer: customerId, key: idempotencyKey, quantity, holdId, reference = '' } = request;
    const claim = { concertId, customerId, quantity, idempotencyKey, arrivedAt };
    const about = { concertId, holdId, arrivedAt };
    switch (kind) {
      case 'hold':
        return holds.hold(claim);
      case 'confirm':
        return holds.confirm({ ...about, reference });
      case 'release':
        return holds.release(about);
      case 'join':
        return holds.joinWaitingList(claim);
      case 'leave':
        return holds.leaveWaitingList(about);
    }
  }

  #idOf = (key: string): string => purchaseIdOf(this.context.concertId, key);
}

type About = Omit<HoldRequest, 'kind' | 'reference'>;
