import type { Commit, PurchaseCall, ReadSideLook, SaleHistory } from '../../simulation/sale/history.js';

export const withTables = (look: ReadSideLook, change: (ids: readonly string[]) => readonly string[]) => ({
  ...look,
  tables: look.tables.map((table) => ({
    ...table,
    events: new Map([...table.events].map(([concertId, ids]) => [concertId, change(ids)])),
  })),
});

export const withStock = (look: ReadSideLook, which: 'stock' | 'cached'): ReadSideLook => ({
  ...look,
  concerts: look.concerts.map((concert) => ({
    ...concert,
    [which]: { remaining: 1, held: 0, revision: 3n },
  })),
});

type RecordedEvent = Commit['events'][number];
type Change = (event: RecordedEvent) => RecordedEvent;

const mapEvents = (commits: readonly Commit[], change: Change): readonly Commit[] =>
  commits.map((commit) => ({ ...commit, events: commit.events.map(change) }));

export const withCapacity = (commits: readonly Commit[], capacity: number) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'ConcertScheduled') return event;
    const { type, data } = event.decoded.event;
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, capacity } } } };
  });

export const swapSeats = (commits: readonly Commit[]) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'VipAssigned') return event;
    const { type, data } = event.decoded.event;
    const seat = data.seat === 'VIP-1' ? 'VIP-2' : 'VIP-1';
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, seat } } } };
  });

export const allTo = (commits: readonly Commit[], customerId: string) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'TicketReserved') return event;
    const { type, data } = event.decoded.event;
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, customerId } } } };
  });

/** The append with this index, once more at the end. */
export function again({ commits }: SaleHistory, index: number): Commit {
  const [commit, last] = [commits[index], commits.at(-1)];
  const end = last?.events.at(-1)?.revision;
  if (commit === undefined || last === undefined || end === undefined)
    throw new Error('the sale is too short');
  const events = commit.events.map((event, i) => ({ ...event, revision: end + 1n + BigInt(i) }));
  return { ...last, step: last.step + 1, events };
}

export const wrongStock = ({ stock }: SaleHistory) => stock && { ...stock, remaining: stock.remaining + 1 };

export const indexOf = ({ commits }: SaleHistory, type: string): number =>
  commits.findIndex(({ events }) => events.some((event) => event.type === type));

/** The events that fit are not in the log; `before` is the type of the event before each. */
export const without = (
  history: SaleHistory,
  fits: (event: RecordedEvent, before: string | undefined) => boolean,
): SaleHistory => ({
  ...history,
  commits: history.commits.map((commit) => ({
    ...commit,
    events: commit.events.filter((event, i) => !fits(event, commit.events[i - 1]?.type)),
  })),
});

/** The append with this index, and all after it, so many ms later. */
export const delayed = (history: SaleHistory, index: number, ms: number): SaleHistory => ({
  ...history,
  commits: history.commits.map((commit, i) => (i < index ? commit : { ...commit, ms: commit.ms + ms })),
});

export const changed = (
  history: SaleHistory,
  customer: string,
  outcome: NonNullable<PurchaseCall['answered']>['outcome'],
): SaleHistory => ({
  ...history,
  purchases: history.purchases.map((call) =>
    call.request.customer === customer && call.answered !== null
      ? { ...call, answered: { ...call.answered, outcome } }
      : call,
  ),
});

/** As if the customer had asked and been answered after all others. */
export const late = (purchases: readonly PurchaseCall[], customer: string): readonly PurchaseCall[] => {
  const last = Math.max(...purchases.map(({ answered }) => answered?.step ?? 0));
  return purchases.map((call) =>
    call.request.customer === customer && call.answered !== null
      ? {
          ...call,
          sent: { ...call.sent, step: last + 1 },
          answered: { ...call.answered, step: last + 2 },
        }
      : call,
  );
};
