import { type Kysely, sql } from 'kysely';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { Tables } from '../../postgres/tables.js';
import type { EffectOf, ProjectedEvent, Projection, Statement } from '../models/projection.js';

/** An event that a projection cannot apply; a retry changes nothing. */
export class PoisonEvent extends Error {
  override readonly name = 'PoisonEvent';

  constructor(
    readonly projection: Projection['name'],
    readonly event: RecordedEvent,
    readonly problem: string,
  ) {
    const { id, type, concertId, revision } = event;
    super(
      `${projection} cannot apply event ${id} (${type}, concert ${concertId}, revision ${revision}): ${problem}`,
    );
  }
}

/** One of several events cannot be applied; which one is not known yet. */
class Unprojectable extends Error {
  override readonly name = 'Unprojectable';
}

/**
 * The statements for some events.
 * @throws an error that `isPoisonous` recognises
 */
export function statementsFor(
  projection: Projection,
  events: readonly RecordedEvent[],
  effectOf: EffectOf,
): readonly Statement[] {
  if (events.length === 0) return [];
  try {
    return projection.apply(events.map((event) => toProjected(event, effectOf)));
  } catch (error) {
    throw error instanceof Unprojectable ? error : new Unprojectable(String(error), { cause: error });
  }
}

/** Whether the events, not the circumstances, are to blame: data that Postgres refuses, or that is inconsistent. */
export function isPoisonous(error: unknown): error is Error {
  if (error instanceof Unprojectable) return true;
  if (!(error instanceof Error) || !('code' in error)) return false;
  const dataException = '22';
  const integrityViolation = '23';
  const sqlStateClass = String(error.code).slice(0, 2);
  return sqlStateClass === dataException || sqlStateClass === integrityViolation;
}

/**
 * Applies events in order, halving a failed part until the poison event is alone. The concerts that `onPoison` returns are left
 * out of everything that follows.
 */
export async function applyAround(
  transaction: Kysely<Tables>,
  projection: Projection,
  events: readonly RecordedEvent[],
  effectOf: EffectOf,
  onPoison: (poison: PoisonEvent) => Promise<(event: RecordedEvent) => boolean>,
): Promise<void> {
  const leftOut: ((event: RecordedEvent) => boolean)[] = [];
  const attempt = async (part: readonly RecordedEvent[]): Promise<void> => {
    const wanted = part.filter((event) => !leftOut.some((isOut) => isOut(event)));
    const [first] = wanted;
    if (first === undefined) return;
    const error = await tryToApply(transaction, projection, wanted, effectOf);
    if (error === null) return;
    if (wanted.length === 1) {
      leftOut.push(await onPoison(new PoisonEvent(projection.name, first, error.message)));
      return;
    }
    const middle = Math.ceil(wanted.length / 2);
    await attempt(wanted.slice(0, middle));
    await attempt(wanted.slice(middle));
  };
  await attempt(events);
}

/** Why these events cannot be applied; null when they were. A failure leaves no trace in the tables. */
async function tryToApply(
  transaction: Kysely<Tables>,
  projection: Projection,
  events: readonly RecordedEvent[],
  effectOf: EffectOf,
): Promise<Error | null> {
  await sql`savepoint attempt`.execute(transaction);
  try {
    for (const statement of statementsFor(projection, events, effectOf)) await statement.execute(transaction);
    await sql`release savepoint attempt`.execute(transaction);
    return null;
  } catch (error) {
    if (!isPoisonous(error)) throw error;
    await sql`rollback to savepoint attempt`.execute(transaction);
    await sql`release savepoint attempt`.execute(transaction);
    return error;
  }
}

function toProjected(recorded: RecordedEvent, effectOf: EffectOf): ProjectedEvent {
  const { concertId, revision, decoded } = recorded;
  if (!decoded.ok) throw new Unprojectable(decoded.problem);
  return { concertId, revision, event: decoded.event, effect: effectOf(recorded) };
}
