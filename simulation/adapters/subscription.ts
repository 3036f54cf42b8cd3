import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import type { Position } from '../../src/domain/log/recorded-event.js';
import type { SubscriptionMessage } from '../../src/event-store/subscription.js';
import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import { Wake } from '../../src/waiting/wake.js';
import { within } from '../../src/waiting/within.js';
import type { Chance } from '../world/chance.js';
import type { Link } from '../world/link.js';
import type { LogServer } from '../world/log-server.js';

const page = 16;
/** A connection without any sign of life is given up after this time, in ms. */
const silenceMs = 10_000;
/** The share of subscriptions that begin with events from before their start, and how many of them. */
const redeliveries = { share: 0.15, most: 6 };

/** Subscriptions of one process to all concerts, as `src/event-store/subscription.ts`: each ends with its connection. */
export class SimulatedSubscriptions {
  readonly #onCut = new Set<() => void>();

  constructor(
    private readonly server: LogServer,
    private readonly link: Link,
    private readonly clock: Clock,
    private readonly chance: Chance,
  ) {
    link.onCut(() => {
      for (const listener of this.#onCut) listener();
    });
  }

  async *subscribe(from: Position | null, signal: AbortSignal): AsyncGenerator<SubscriptionMessage> {
    const arrived = new Wake(this.clock);
    let isCut = false;
    let isCaughtUp = false;
    const cut = () => {
      isCut = true;
      arrived.wake();
    };
    const wake = () => arrived.wake();
    const stop = this.server.onAppended(() => this.link.deliver('event', wake));
    this.#onCut.add(cut);
    signal.addEventListener('abort', wake);
    try {
      for (let next = this.#earlier(from); !signal.aborted; ) {
        const after = next;
        const events = await this.#page(after);
        if (signal.aborted) return;
        for (const event of events) {
          if (event.position === null) continue;
          yield { kind: 'event', event, position: event.position };
          next = event.position;
        }
        if (events.length === page) continue;
        if (!isCaughtUp) {
          isCaughtUp = true;
          yield { kind: 'caught-up' };
        }
        if (events.length === 0) await arrived.wait();
        if (isCut) throw new EventStoreUnavailable('the event store ended the subscription');
      }
    } finally {
      stop();
      this.#onCut.delete(cut);
      signal.removeEventListener('abort', wake);
    }
  }

  async #page(after: Position | null) {
    const late = () => {
      throw new EventStoreUnavailable('the event store is silent');
    };
    try {
      const call = this.link.call('subscription', () => this.server.readAll(after, page));
      return await within(silenceMs, call, late, this.clock);
    } catch (error) {
      throw new EventStoreUnavailable(messageOf(error));
    }
  }

  /** Mostly `from` itself. */
  #earlier(from: Position | null): Position | null {
    const draw = this.chance.draw('redelivery');
    if (from === null || draw >= redeliveries.share) return from;
    const back = BigInt(Math.ceil((draw / redeliveries.share) * redeliveries.most));
    return from.commit <= back ? null : { commit: from.commit - back, prepare: from.commit - back };
  }
}
