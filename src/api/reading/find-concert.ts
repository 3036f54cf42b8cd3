import { ProblemError } from '../problems/problem.js';
import { unknownConcert } from '../problems/refusals.js';
import type { ApiServices } from '../services.js';
import { askReadModel } from './or-unavailable.js';
import { type ConcertView, concertView } from './views.js';

export interface FoundConcert {
  readonly view: ConcertView;
  readonly source: 'read-model' | 'log';
}

/**
 * The concert from the read model, or from the log where the read model does not know it yet.
 * @throws {ProblemError} unknown-concert
 */
export async function findConcert(services: ApiServices, concertId: string): Promise<FoundConcert> {
  const known = await askReadModel(services.queries.concert(concertId));
  if (known !== null) return { view: known, source: 'read-model' };
  return { view: await concertInLog(services, concertId), source: 'log' };
}

/** @throws {ProblemError} unknown-concert */
export async function concertInLog({ commands }: ApiServices, concertId: string): Promise<ConcertView> {
  const view = concertView(await commands.load(concertId));
  if (view === null) throw new ProblemError(unknownConcert);
  return view;
}
