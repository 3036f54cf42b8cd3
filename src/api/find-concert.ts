import { ask } from './ask.js';
import { ProblemError } from './problem.js';
import { unknownConcert } from './refusals.js';
import type { ApiServices, ConcertView } from './services.js';
import { concertView } from './views.js';

export interface FoundConcert {
  readonly view: ConcertView;
  readonly source: 'read-model' | 'log';
}

/**
 * A concert from the read model, or from the log where that does not know it yet.
 * @throws {ProblemError} unknown-concert
 */
export async function findConcert(
  { queries, commands }: Pick<ApiServices, 'queries' | 'commands'>,
  concertId: string,
): Promise<FoundConcert> {
  const known = await ask(queries.concert(concertId));
  if (known !== null) return { view: known, source: 'read-model' };
  const concert = await commands.load(concertId);
  if (concert.status === 'unknown') throw new ProblemError(unknownConcert);
  return { view: concertView(concert), source: 'log' };
}
