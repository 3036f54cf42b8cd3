import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ExpectedSeconds } from './expected/sales-per-second.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** Tickets sold and released per concert and second, by the time of the decision. Seconds without either have no row. */
export const salesPerSecond: Projection = {
  name: 'sales-per-second',
  version: 2,
  tables: ['sales_per_second'],
  createTables: [
    sql`create table sales_per_second (
      concert_id text collate "C",
      second timestamptz(3),
      sold integer not null,
      released integer not null,
      primary key (concert_id, second)
    ) with (fillfactor = 90)`,
  ],
  audited: {
    columns: [...times('second'), ...same('sold', 'released')],
    expected: () => new ExpectedSeconds(),
  },
  createReadIndexes: [],
  apply(events) {
    const seconds = foldSeconds(events);
    if (seconds.length === 0) return [];
    return [
      sql`
        insert into sales_per_second as s
        select concert_id, second, sold, released
        from ${rows('d', 'concert_id text, second timestamptz, sold integer, released integer', seconds)}
        on conflict (concert_id, second) do update set
          sold = s.sold + excluded.sold, released = s.released + excluded.released`,
    ];
  },
};

function foldSeconds(events: readonly ProjectedEvent[]) {
  const seconds = new Map<string, { concert_id: string; second: string; sold: number; released: number }>();
  const at = (concertId: string, time: string) => {
    const second = Math.floor(Date.parse(time) / 1000) * 1000;
    const key = `${concertId}/${second}`;
    let entry = seconds.get(key);
    if (entry === undefined) {
      entry = { concert_id: concertId, second: new Date(second).toISOString(), sold: 0, released: 0 };
      seconds.set(key, entry);
    }
    return entry;
  };
  for (const { concertId, event, effect } of events) {
    if (event.type === 'TicketReserved') at(concertId, event.data.decidedAt).sold += 1;
    else if (event.type === 'PurchaseCancelled' && effect.released.length > 0) {
      at(concertId, event.data.cancelledAt).released += effect.released.length;
    }
  }
  return [...seconds.values()];
}
