import { type Concert, evolve } from '../../domain/concert.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import { due, isDue } from '../../domain/holds/due.js';
import { offers } from '../../domain/holds/offers.js';
import { changesWithTime, timeOfDecision } from '../../domain/holds/promised.js';
import { isBefore } from '../../domain/sales-window.js';
import type { PendingCommand } from '../pending-command.js';

/** Bounds of one append. A first command that exceeds them is appended with nothing but what is due. */
export interface AppendLimits {
  readonly events: number;
  /** Commands that have events; refused ones do not count. */
  readonly commands: number;
}

export interface Decided {
  /** How many of the commands are decided, from the first on. May be 0 when events were due. */
  readonly count: number;
  /** What time has made due, then the events of each command, each time followed by the offers of what it has freed. */
  readonly events: readonly ConcertEvent[];
  /** The state after the events. */
  readonly concert: Concert;
}

/**
 * Decides the commands in order, each on the state after the previous one. Time comes first: what is due in the concert is part of
 * this append, so that tickets which time has freed are sold in it. A refused command adds no event and does not affect the others.
 */
export function decideAll(
  state: Concert,
  pending: readonly PendingCommand[],
  limits: AppendLimits,
  clock: string,
): Decided {
  const now = changesWithTime(state) ? timeOfDecision(state, clock) : clock;
  const first = isDue(state, now) ? due(state, now, confirmedInTime(state, pending)) : nothingDue(state);
  const events = [...first.events];
  let { concert } = first;
  let count = 0;
  let withEvents = 0;
  for (const command of pending) {
    // Its purchase or hold was forgotten within this batch; the next batch recalls it.
    if (command.needsRecall(concert)) break;
    const added = command.decide(concert, now);
    count++;
    if (added.length === 0) continue;
    const isTooMuch = withEvents > 0 && events.length + added.length > limits.events;
    if (isTooMuch || ++withEvents > limits.commands) {
      count--;
      break;
    }
    for (const event of added) {
      events.push(event);
      concert = evolve(concert, event);
    }
    if (concert.holds.waitingList.size === 0) continue;
    const offered = offers(concert, now, Math.max(0, limits.events - events.length));
    events.push(...offered.events);
    concert = offered.concert;
  }
  return { count, events, concert };
}

const nothingDue = (concert: Concert) => ({ events: [], concert });

/** Whether one of the commands, which await their decision, arrived before a hold expired that it confirms or extends. */
function confirmedInTime(state: Concert, pending: readonly PendingCommand[]): (holdId: string) => boolean {
  const arrivals = new Map<string, string>();
  for (const { needsHold } of pending) {
    if (needsHold === undefined) continue;
    const { holdId, arrivedAt } = needsHold;
    const earliest = arrivals.get(holdId);
    if (earliest === undefined || isBefore(arrivedAt, earliest)) arrivals.set(holdId, arrivedAt);
  }
  return (holdId) => {
    const arrivedAt = arrivals.get(holdId);
    const hold = state.holds.get(holdId);
    return arrivedAt !== undefined && hold !== undefined && isBefore(arrivedAt, hold.until);
  };
}
