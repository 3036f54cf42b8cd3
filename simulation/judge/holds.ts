import type { Commit, HoldCall, SaleHistory } from '../sale/history.js';
import { epoch } from '../world/epoch.js';
import type { SaleModel } from './model.js';
import type { Violation } from './model-of.js';

/** I5 and I6: what was told of holds, against the log. */
export function wrongHoldAnswers(history: SaleHistory, model: SaleModel): readonly Violation[] {
  const found: Violation[] = [];
  const committedBy = (revision: bigint | null, call: HoldCall): boolean =>
    revision !== null && commitOf(history.commits, revision).step <= (call.answered?.step ?? 0);
  for (const call of history.holds) {
    const { request, answered } = call;
    const hold = model.holds.holds.get(request.holdId);
    const kind = answered?.outcome.kind;
    const says = (what: string) =>
      `${request.customer} was told ${kind} of ${request.kind} ${request.key}, ${what}`;
    if (request.kind === 'hold' && (kind === 'held' || kind === 'replayed')) {
      if (hold === undefined || hold.customer !== request.customer || hold.quantity !== request.quantity)
        found.push({ invariant: 'I5', what: says('which the log does not have') });
    }
    if (request.kind === 'confirm' && (kind === 'confirmed' || kind === 'replayed')) {
      if (hold === undefined || hold.reference !== request.reference || !committedBy(hold.confirmedAt, call))
        found.push({ invariant: 'I5', what: says('which the log does not have') });
    }
    if (request.kind === 'confirm' && kind === 'refused') {
      const reason = reasonOf(answered?.outcome);
      const has = (as: 'expired' | 'released') => hold?.status === as && committedBy(hold.endedAt, call);
      if (reason === 'hold-lapsed' && !has('expired'))
        found.push({ invariant: 'I14', what: says('as lapsed, and the log has no expiry') });
      if (reason === 'hold-released' && !has('released'))
        found.push({ invariant: 'fresh', what: says('as released, and the log has no release') });
    }
    if (request.kind === 'release' && kind === 'ended' && (hold === undefined || hold.endedAt === null))
      found.push({ invariant: 'I5', what: says('and it is open') });
  }
  for (const { holdId, reference, confirmedAt } of model.holds.holds.values()) {
    if (confirmedAt === null) continue;
    const commit = commitOf(history.commits, confirmedAt);
    const asked = history.holds.some(
      ({ request, sent, answered }) =>
        request.kind === 'confirm' &&
        request.holdId === holdId &&
        request.reference === reference &&
        sent.step < commit.step &&
        answered?.outcome.kind !== 'refused' &&
        answered?.outcome.kind !== 'busy',
    );
    if (!asked)
      found.push({
        invariant: 'I6',
        what: `revision ${confirmedAt} confirms hold ${holdId} for ${reference}, though all who asked were told that it is not`,
      });
  }
  return found;
}

/** How long a hold may stay open after its expiry, in ms, while nothing is wrong. */
const longestOpenMs = 2_000;
/** What was wrong may have effects for so long, in ms: a repeated append, a pause of a waiter, a rest of a sweep. */
const aftermathMs = 32_000;

/** I14, where clocks agree and nothing was wrong at the time. */
export function lateExpiries(history: SaleHistory, model: SaleModel): readonly Violation[] {
  if (!history.clocksAgree) return [];
  const found: Violation[] = [];
  for (const { holdId, customer, expiresAt, endedAt } of model.holds.holds.values()) {
    const ended = endedAt === null ? history.endedAt : commitOf(history.commits, endedAt);
    const expiry = expiresAt - epoch;
    if (ended.ms <= expiry + longestOpenMs) continue;
    const isExcused = history.disturbances.some(
      ({ from, to }) => from <= ended.ms && to + aftermathMs >= expiry,
    );
    if (isExcused) continue;
    const late = Math.round(ended.ms - expiry);
    found.push({
      invariant: 'I14',
      what: `hold ${holdId} of ${customer} is open ${late} ms after its expiry`,
    });
  }
  return found;
}

function commitOf(commits: readonly Commit[], revision: bigint): Pick<Commit, 'ms' | 'step'> {
  return (
    commits.find(({ events }) => (events.at(-1)?.revision ?? -1n) >= revision) ?? {
      ms: Number.POSITIVE_INFINITY,
      step: Number.POSITIVE_INFINITY,
    }
  );
}

const reasonOf = (outcome: { readonly kind: string } | undefined): string | null =>
  outcome !== undefined && 'refusal' in outcome
    ? (outcome.refusal as { readonly reason: string }).reason
    : null;
