import type { World } from '../world/world.js';
import type { ReadSideLook } from './history.js';

/** What read models and stock cache have now, beside what the log has. */
export function lookAtReadSide(
  { log, readModels, redis }: World,
  concertIds: readonly string[],
  when: ReadSideLook['when'],
): ReadSideLook {
  const { checkpoints } = readModels;
  return {
    when,
    concerts: concertIds.map((concertId) => ({
      concertId,
      log: [...log.eventsOf(concertId)],
      cached: redis[0].stockOf(concertId),
      stock: readModels.stocks().get(concertId) ?? null,
    })),
    tables: checkpoints.map(({ projection, foreignLog }) => ({
      ...{ projection, foreignLog },
      events: new Map(concertIds.map((id) => [id, readModels.tablesOf(projection).eventsOf(id)])),
    })),
    problem: readModels.lease.problem,
  };
}
