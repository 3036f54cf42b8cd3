import { type RawBuilder, sql } from 'kysely';
import { rows } from '../../postgres/rows.js';

/** An event that ended holds by time. */
export interface Expiry {
  readonly concert_id: string;
  readonly revision: string;
  readonly ended_at: string;
  readonly hold_ids: readonly string[];
}

/**
 * A row for each hold that the events name, for `FROM`: `concert_id`, `revision`, `ended_at`, `place` in the event, `hold_id`. What
 * all holds of an event have in common is sent once, since a crowd of them is most of what a batch sends. With `offset 0`, Postgres
 * makes these rows first, and looks up by whole keys.
 */
export function expiredHolds(alias: string, expiries: readonly Expiry[]): RawBuilder<unknown> {
  const events = expiries.map((expiry, event) => ({ ...expiry, event }));
  const holds = expiries.flatMap(({ hold_ids }, event) =>
    hold_ids.map((hold_id, place) => ({ hold_id, place, event })),
  );
  return sql`(
    select e.concert_id, e.revision, e.ended_at, h.place, h.hold_id
    from ${rows('h', 'hold_id text, place integer, event integer', holds)}
    join ${rows('e', 'event integer, concert_id text, revision bigint, ended_at timestamptz', events)}
      on e.event = h.event
    offset 0
  ) as ${sql.id(alias)}`;
}
