import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Concert, emptyConcert, fold, remaining, vipRemaining } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { expectEqual } from '../support/expect-equal.js';
import { NOW } from '../support/scenario.js';
import { inOneAppend } from './hold-events.js';
import { decide, holdMs, offerMs, scheduledWithHolds, start, step, text, type What } from './random-holds.js';

const grace = 500;

interface Entry {
  readonly id: string;
  readonly customer: string;
  readonly quantity: number;
  readonly isOffer: boolean;
  status: 'waiting' | 'open' | 'expired' | 'released' | 'left' | 'live' | 'cancelled';
  since: number;
  until: number;
  extensions: number;
  seats: number[];
  reference: string | null;
}

interface Terms {
  capacity: number;
  readonly vipSeats: number;
  readonly limit: number;
}

/** A sale with holds as one would keep it on paper: a list of who asked for what, and what has become of it. */
class Model {
  readonly entries: Entry[] = [];
  /** When the last event was decided. */
  last = start;
  #changed = false;

  constructor(readonly terms: Terms) {}

  of(...statuses: Entry['status'][]): Entry[] {
    return this.entries.filter(({ status }) => statuses.includes(status));
  }
  tickets(...statuses: Entry['status'][]): number {
    return sum(this.of(...statuses));
  }
  left(): number {
    return this.terms.capacity - this.tickets('live', 'open');
  }
  has(customer: string): number {
    return sum(this.of('live', 'open').filter((entry) => entry.customer === customer));
  }
  freeSeats(): number[] {
    const taken = this.of('live', 'open').flatMap(({ seats }) => seats);
    return Array.from({ length: this.terms.vipSeats }, (_, i) => i + 1).filter(
      (seat) => !taken.includes(seat),
    );
  }

  /** One append at a clock's time, as it is to be: due expiries, the command, offers. */
  append(clock: number, confirming: readonly string[], command: (now: number) => string): string {
    this.#changed = false;
    const now = Math.max(clock, this.last);
    this.offer(now);
    const due = this.of('open').filter(({ id, until }) => until + grace <= now && !confirming.includes(id));
    for (const entry of due.sort((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1))) {
      this.end(entry, 'expired', now);
    }
    this.offer(now);
    const outcome = command(now);
    this.offer(now);
    if (this.#changed) this.last = now;
    return outcome;
  }

  offer(now: number): void {
    for (;;) {
      const next = this.of('waiting').find(({ quantity }) => quantity <= this.left());
      if (next === undefined) return;
      if (this.has(next.customer) + next.quantity > this.terms.limit) next.status = 'left';
      else this.open(next, now, offerMs);
      this.#changed = true;
    }
  }

  open(entry: Entry, now: number, ms: number): void {
    entry.seats = this.freeSeats().slice(0, entry.quantity);
    Object.assign(entry, { status: 'open', since: now, until: now + ms });
    this.#changed = true;
  }

  end(entry: Entry, status: Entry['status'], now: number): void {
    Object.assign(entry, { status, until: now });
    this.#changed = true;
  }

  refusal(customer: string, quantity: number): string | null {
    if (this.left() <= 0) return this.tickets('open') > 0 ? 'all-held' : 'sold-out';
    if (this.has(customer) + quantity > this.terms.limit) return 'limit-reached';
    return this.left() < quantity ? 'not-enough-left' : null;
  }

  ask(
    kind: 'purchase' | 'hold' | 'join',
    id: string,
    customer: string,
    quantity: number,
    now: number,
  ): string {
    const earlier = this.entries.find((entry) => entry.id === id);
    if (earlier !== undefined) return repeatOf(earlier, kind, customer, quantity);
    const refusal = this.refusal(customer, quantity);
    const entry = {
      id,
      customer,
      quantity,
      isOffer: kind === 'join',
      since: now,
      until: now,
      extensions: 0,
      seats: [],
    };
    if (kind === 'join') {
      const awaited = sum(this.of('waiting').filter((each) => each.customer === customer));
      if (this.has(customer) + awaited + quantity > this.terms.limit) return 'limit-reached';
      if (refusal === null) return 'tickets-left';
      this.entries.push({ ...entry, status: 'waiting', reference: null });
      this.#changed = true;
      return 'joined';
    }
    if (refusal !== null) return refusal;
    const made: Entry = { ...entry, status: 'live', reference: null };
    made.seats = this.freeSeats().slice(0, quantity);
    this.entries.push(made);
    this.#changed = true;
    if (kind === 'purchase') return 'accepted';
    made.status = 'waiting';
    this.open(made, now, holdMs);
    return 'held';
  }

  confirm(id: string, reference: string, arrival: number, now: number): string {
    const entry = this.entries.find((each) => each.id === id);
    if (entry === undefined || entry.status === 'waiting' || entry.status === 'left') return 'unknown-hold';
    if (entry.status === 'live' || entry.status === 'cancelled') {
      if (entry.reference === null) return 'unknown-hold';
      return entry.reference === reference ? 'replayed' : 'confirmed-with-another-reference';
    }
    if (entry.status === 'released') return 'hold-released';
    const inTime = entry.status === 'open' && (arrival < entry.until || now < entry.until);
    if (!inTime && entry.status === 'open') {
      this.end(entry, 'expired', now);
      this.offer(now);
    }
    if (!inTime && this.refusal(entry.customer, entry.quantity) !== null) return 'hold-lapsed';
    if (!inTime) entry.seats = this.freeSeats().slice(0, entry.quantity);
    Object.assign(entry, { status: 'live', reference });
    this.#changed = true;
    return inTime ? 'confirmed' : 'confirmed late';
  }

  extend(id: string, arrival: number, now: number): string {
    const entry = this.entries.find((each) => each.id === id);
    if (entry === undefined) return 'unknown-hold';
    if (entry.status !== 'open' || (arrival >= entry.until && now >= entry.until)) return 'hold-not-open';
    const ms = entry.isOffer ? offerMs : holdMs;
    const until = Math.min(now + ms, entry.since + 3 * ms);
    if (entry.extensions === 2 || until <= entry.until) return 'extension-limit';
    Object.assign(entry, { until, extensions: entry.extensions + 1 });
    this.#changed = true;
    return 'extended';
  }

  release(id: string, now: number): string {
    const entry = this.entries.find((each) => each.id === id);
    if (entry === undefined || entry.status === 'waiting' || entry.status === 'left') return 'unknown-hold';
    if (entry.status === 'live' || entry.status === 'cancelled') {
      return entry.reference === null ? 'unknown-hold' : 'hold-confirmed';
    }
    if (entry.status === 'open') this.end(entry, 'released', now);
    return 'ended';
  }

  leave(id: string, now: number): string {
    const entry = this.entries.find((each) => each.id === id);
    if (entry?.status === 'left') return 'left';
    if (entry?.status === 'open' && entry.isOffer) return 'already-offered';
    if (entry?.status !== 'waiting') return 'not-waiting';
    this.end(entry, 'left', now);
    return 'left';
  }

  cancel(id: string, now: number): string {
    const entry = this.of('live', 'cancelled').find((each) => each.id === id);
    if (entry === undefined) return 'unknown-purchase';
    if (entry.status === 'live') this.end(entry, 'cancelled', now);
    return 'cancelled';
  }

  resize(capacity: number): string {
    if (capacity < this.tickets('live', 'open')) return 'capacity-below-sold';
    if (capacity < this.terms.vipSeats) return 'capacity-below-vip-seats';
    if (capacity !== this.terms.capacity) this.#changed = true;
    this.terms.capacity = capacity;
    return 'done';
  }
}

const sum = (entries: readonly Entry[]): number => entries.reduce((all, { quantity }) => all + quantity, 0);

function repeatOf(earlier: Entry, kind: string, customer: string, quantity: number): string {
  const isSold = earlier.status === 'live' || earlier.status === 'cancelled';
  const wasHeld = isSold ? earlier.reference !== null : true;
  const isSame = earlier.customer === customer && earlier.quantity === quantity;
  if (kind === 'purchase') return isSame && isSold && !wasHeld ? 'replayed' : 'key-reused';
  if (!isSame || !wasHeld) return 'key-reused';
  if (isSold) return 'bought';
  return earlier.isOffer === (kind === 'join') ? 'replayed' : 'key-reused';
}

function expected(given: What, model: Model, arrival: number, now: number): string {
  switch (given.kind) {
    case 'purchase':
    case 'hold':
    case 'join':
      return model.ask(given.kind, given.id, given.customer, given.quantity, now);
    case 'confirm':
      return model.confirm(given.id, given.reference, arrival, now);
    case 'extend':
      return model.extend(given.id, arrival, now);
    case 'release':
      return model.release(given.id, now);
    case 'leave':
      return model.leave(given.id, now);
    case 'cancel':
      return model.cancel(given.id, now);
    case 'resize':
      return model.resize(given.capacity);
  }
}

function told(result: unknown): string {
  const { kind, late, refusal } = result as { kind: string; late?: boolean; refusal?: { reason: string } };
  return refusal?.reason ?? (late ? `${kind} late` : kind);
}

it('holds, late confirmations, offers and clocks that jump agree with the simple model, and the rules hold', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 10, maxLength: 80 }),
      (capacity, vip, ticketsPerCustomer, steps) => {
        const terms = { capacity, vipSeats: Math.min(vip, capacity), limit: ticketsPerCustomer };
        const model = new Model({ ...terms });
        const log: ConcertEvent[] = [scheduledWithHolds(capacity, terms.vipSeats, ticketsPerCustomer)];
        let concert = fold(emptyConcert('c1'), log);
        let time = start;
        for (const { what: given, ms, skew, lag } of steps) {
          time += ms;
          const [clock, arrival] = [time + skew, time - lag];
          const confirming = given.kind === 'confirm' ? [given.id] : [];
          const isConfirmedInTime = (holdId: string) =>
            confirming.includes(holdId) && arrival < Date.parse(concert.holds.get(holdId)?.until ?? NOW);
          const inTime = model
            .of('open')
            .filter((each) => confirming.includes(each.id) && arrival < each.until);
          const outcome = model.append(
            clock,
            inTime.map((each) => each.id),
            (now) => expected(given, model, arrival, now),
          );
          const [result, events] = inOneAppend(decide(given, text(arrival)), isConfirmedInTime)(
            concert,
            text(clock),
          );
          expectEqual(told(result), outcome);
          concert = fold(concert, events);
          log.push(...events);
          agree(concert, model);
        }
        rulesHold(log);
      },
    ),
    { numRuns: 150 },
  );
});

function agree(concert: Concert, model: Model): void {
  expectEqual(concert.live, model.tickets('live'));
  expectEqual(concert.holds.held, model.tickets('open'));
  expectEqual(remaining(concert), model.left());
  expectEqual(vipRemaining(concert), model.freeSeats().length);
  expectEqual(Date.parse(concert.lastEventAt ?? ''), model.last);
  for (const customer of ['ann', 'bob', 'cem', 'dan']) {
    expectEqual(concert.holdings.get(customer) ?? 0, model.has(customer));
    const awaited = sum(model.of('waiting').filter((entry) => entry.customer === customer));
    expectEqual(concert.holds.awaited.get(customer) ?? 0, awaited);
  }
  const inOrder = model.of('waiting').map((entry) => entry.id);
  expectEqual(
    [...concert.holds.waitingList].map((place) => place.id),
    inOrder,
  );
  expectEqual(concert.holds.expiries.size, model.of('open').length);
  for (const entry of model.entries) sameAs(entry, concert);
}

function sameAs(entry: Entry, concert: Concert): void {
  const seats = entry.seats.map((seat) => `VIP-${seat}`);
  if (entry.status === 'live' || entry.status === 'cancelled') {
    const purchase = concert.purchases.get(entry.id);
    expectEqual(purchase?.status, entry.status);
    expectEqual(purchase?.reference ?? null, entry.reference);
    expectEqual(
      purchase?.tickets.flatMap(({ seat }) => seat ?? []),
      seats,
    );
    expectEqual(concert.holds.has(entry.id), false);
    return;
  }
  const hold = concert.holds.get(entry.id);
  expectEqual(hold?.status, entry.status);
  if (entry.status !== 'open') return;
  expectEqual([hold?.seats, hold?.until, hold?.extensions], [seats, text(entry.until), entry.extensions]);
}

/** What every log must show, whatever made it. */
function rulesHold(log: readonly ConcertEvent[]): void {
  const ends = new Map<string, number>();
  let [capacity, sold, onHold] = [0, 0, 0];
  for (const { type, data } of log) {
    if (type === 'ConcertScheduled' || type === 'CapacityChanged') capacity = data.capacity;
    if (type === 'TicketReserved') sold++;
    if (type === 'PurchaseCancelled') sold -= data.ticketNumbers.length;
    if (type === 'TicketsHeld') onHold += data.quantity;
    if (type === 'HoldConfirmed' || type === 'HoldReleased' || type === 'HoldsExpired') {
      onHold -= data.quantity;
      const ids = type === 'HoldsExpired' ? data.holdIds : [data.holdId];
      for (const id of ids) ends.set(id, (ends.get(id) ?? 0) + 1);
    }
    if (sold + onHold > capacity) expect.fail(`${sold} sold and ${onHold} held of ${capacity}`);
  }
  for (const count of ends.values()) expectEqual(count, 1);
}
