import type { Concert } from '../../../domain/concert.js';
import { isPurchase, type Recalled } from '../../../domain/state/recall.js';
import { mayActFor, type Principal } from '../../access/principal.js';
import { unknownHold } from '../../problems/hold-refusals.js';
import { ProblemError } from '../../problems/problem.js';
import { unknownConcert } from '../../problems/refusals.js';
import { notYetVisible } from '../../reading/wait-for-revision.js';
import type { Api } from '../../services.js';

interface Asked {
  readonly principal: Principal | null;
  readonly query: { readonly minRevision?: bigint };
}

/**
 * A hold, a place in the waiting list, or the purchase that it became, with the concert as it is now. A customer finds only what is
 * the customer's own. The log is read, so a revision that a command was answered with has been reached.
 * @throws {ProblemError} unknown-concert, unknown-hold, not-yet-visible
 */
export async function findHold(
  { commands }: Api,
  concertId: string,
  holdId: string,
  { principal, query }: Asked,
): Promise<{ readonly concert: Concert; readonly found: Recalled }> {
  const concert = await commands.load(concertId);
  if (concert.status === 'unknown') throw new ProblemError(unknownConcert);
  if (query.minRevision !== undefined && concert.revision < query.minRevision) {
    throw new ProblemError(notYetVisible(query.minRevision));
  }
  const found = await commands.findHold(concert, holdId);
  const wasHeld = found !== undefined && (!isPurchase(found) || found.reference !== undefined);
  if (!wasHeld || !mayActFor(principal, found.customerId)) throw new ProblemError(unknownHold);
  return { concert, found };
}

/**
 * Refuses a customer who is not the hold's. A hold is its customer's for good, so nothing is read for anybody else.
 * @throws {ProblemError} unknown-concert, unknown-hold
 */
export async function requireOwnHold(
  api: Api,
  { concertId, holdId }: { readonly concertId: string; readonly holdId: string },
  principal: Principal | null,
): Promise<void> {
  if (principal !== null && !principal.isOperator) {
    await findHold(api, concertId, holdId, { principal, query: {} });
  }
}
