import type { RunHistory, SaleHistory } from '../sale/history.js';
import { Answers } from './answers.js';
import { lateExpiries, wrongHoldAnswers } from './holds.js';
import type { SaleModel } from './model.js';
import { modelOf, type Violation } from './model-of.js';
import { readSideWrong } from './read-side.js';

export type { Violation };

/** Judges all concerts of a run, and its read side. */
export const judgeRun = ({ concerts, readSide }: RunHistory): readonly Violation[] => [
  ...concerts.flatMap(judge),
  ...readSide.flatMap(readSideWrong),
];

/** Judges a history by a model of the sale that is fed with the log. Linear in calls and events, but for a logarithm. */
export function judge(history: SaleHistory): readonly Violation[] {
  const model = modelOf(history.commits.map(({ events }) => events));
  return [
    ...model.violations,
    ...new Answers(history, model).violations(),
    ...outOfOrder(history, model),
    ...wrongStock(history, model),
    ...wrongHoldAnswers(history, model),
    ...lateExpiries(history, model),
    ...history.unsettled.map((who) => ({ invariant: 'live', what: `${who} has no final answer` })),
    ...history.slow.map((what) => ({ invariant: 'slow', what })),
    ...latePurchases(history),
    ...history.hangs.map((what) => ({ invariant: 'live', what })),
    ...history.thrown.map((what) => ({ invariant: 'live', what: `a command threw: ${what}` })),
  ];
}

/** I11, as far as the write side answers for it: the stock in Redis may be behind, and is then that of an earlier revision. */
function wrongStock({ stock }: SaleHistory, model: SaleModel): readonly Violation[] {
  if (stock === null) return [];
  const at = Number(stock.revision);
  const [left, held] = [model.left[at], model.heldAt[at]];
  if (left === stock.remaining && held === stock.held) return [];
  const what = `Redis has ${stock.remaining} left and ${stock.held} held at revision ${at}; the log has ${left} and ${held}`;
  return [{ invariant: 'I11', what }];
}

/**
 * How long a purchase may take while nothing is wrong but that messages are lost, in ms. A slow answer of Redis is normal, and
 * may leave a lock to run out, which takes three seconds.
 */
const longestPurchaseMs = 7_000;
/** What was wrong may delay purchases for so long, in ms. */
const aftermathMs = 20_000;

/** Purchases that took long though nothing was wrong: a reply that is lost is looked up. */
function latePurchases({ purchases, disturbances }: SaleHistory): readonly Violation[] {
  return purchases.flatMap(({ request, sent, answered, process }) => {
    const took = (answered?.ms ?? Number.POSITIVE_INFINITY) - sent.ms;
    if (answered === null || took <= longestPurchaseMs) return [];
    const isExcused = disturbances.some(
      ({ from, to, isOfMessages }) => !isOfMessages && from <= answered.ms && to + aftermathMs >= sent.ms,
    );
    if (isExcused) return [];
    const what = `${request.customer} waited ${Math.round(took)} ms at ${process}, though nothing was wrong`;
    return [{ invariant: 'slow', what }];
  });
}

/**
 * I12: purchases that went through the queue, sold after one that joined it later, though they could have been sold when that one
 * was. One that could not was refused in its turn; when Redis is lost before it knows, the next owner decides it again.
 */
function outOfOrder({ joined, commits, terms }: SaleHistory, model: SaleModel): readonly Violation[] {
  const places = new Map(joined.map(({ id, purchaseId }, place) => [`${id} ${purchaseId}`, place]));
  const found: Violation[] = [];
  /** `before` is the revision that each was decided on. */
  const sold: { readonly place: number; readonly customer: string; readonly before: bigint }[] = [];
  let last = -1;
  for (const { decoded, revision } of commits.flatMap(({ events }) => events)) {
    if (!decoded.ok || decoded.event.type !== 'TicketReserved') continue;
    const { queueId, purchaseId, customerId: customer } = decoded.event.data;
    if (queueId === undefined) continue;
    const place = places.get(`${queueId} ${purchaseId}`);
    if (place === undefined) {
      found.push({ invariant: 'I12', what: `${customer} has place ${queueId}, which the queue never gave` });
      continue;
    }
    const wanted = model.purchases.get(purchaseId)?.tickets.length ?? 1;
    const couldBuyAt = (at: bigint) =>
      (model.left[Number(at)] ?? 0) >= wanted &&
      terms.ticketsPerCustomer - model.holdingAt(customer, at) >= wanted;
    const preferred =
      place < last ? sold.find((each) => each.place > place && couldBuyAt(each.before)) : undefined;
    if (preferred !== undefined) {
      const what = `${customer}, number ${place + 1} to arrive, is sold after ${preferred.customer}, number ${preferred.place + 1}`;
      found.push({ invariant: 'I12', what });
    }
    if (sold.at(-1)?.place !== place) sold.push({ place, customer, before: revision - 1n });
    last = Math.max(last, place);
  }
  return found;
}
