import { type Finding, Tally } from './findings.js';

/** What the client of one purchase request observed. Times in ms, all by one clock. */
export interface ClientObservation {
  readonly key: string;
  readonly sentAt: number;
  /** When the response, or the failure of the request, arrived. */
  readonly endedAt: number;
  readonly answer:
    | {
        readonly kind: 'accepted';
        readonly purchaseId: string;
        readonly ticketNumbers: readonly number[];
        readonly revision: bigint;
      }
    /** A final refusal (4xx). */
    | { readonly kind: 'refused' }
    /** Time-out, 5xx, lost connection, or 202: the purchase may or may not have been made. */
    | { readonly kind: 'none' };
}

/** The purchase that the log has under a key. */
export interface Sold {
  readonly purchaseId: string;
  readonly ticketNumbers: readonly number[];
}

interface KeyHistory {
  sentAt: number;
  acknowledgedAt: number;
  accepted: Extract<ClientObservation['answer'], { kind: 'accepted' }> | null;
  unanswered: boolean;
  refused: boolean;
}

export interface HistoryAudit {
  readonly findings: readonly Finding[];
  readonly lostAcknowledged: number;
  readonly refusedButSold: number;
  /** Keys that never got a final response. */
  readonly unsettled: number;
}

/** Checks what clients observed against the log: the invariants that responses judge. O(n log n). */
export function auditHistory(
  history: readonly ClientObservation[],
  log: ReadonlyMap<string, Sold>,
): HistoryAudit {
  const keys = new Map<string, KeyHistory>();
  const repeats = new Tally();
  for (const told of history) collect(keys, told, repeats);

  const lost = new Tally();
  const refused = new Tally();
  let unanswered = 0;
  let unsettled = 0;
  for (const [key, { accepted, unanswered: open, refused: no }] of keys) {
    const sold = log.get(key);
    if (open) unanswered++;
    if (accepted !== null) {
      if (sold === undefined || !isSame(accepted, sold))
        lost.add(`${key}: ${accepted.purchaseId} is not in the log as told`);
    } else if (open) {
      // A request without a response may still be carried out, so a sale in the log does not contradict a later refusal.
      if (!no) unsettled++;
    } else if (no && sold !== undefined) {
      refused.add(`${key}: refused, but the log has ${sold.purchaseId}`);
    }
  }
  const findings = [
    lost.finding('I5', `${count(keys, ({ accepted }) => accepted !== null)} acknowledged`),
    refused.finding('I6', `${count(keys, (k) => k.refused && !k.accepted)} refused`),
    new Tally().finding(
      'I7',
      `${unanswered} went without an answer at least once, ${unanswered - unsettled} of them had one on asking again`,
    ),
    repeats.finding('I8', `${history.length} answers under ${keys.size} keys`),
    order(keys),
  ];
  return { findings, lostAcknowledged: lost.violations, refusedButSold: refused.violations, unsettled };
}

const count = (keys: ReadonlyMap<string, KeyHistory>, test: (key: KeyHistory) => boolean): number =>
  [...keys.values()].filter(test).length;

function collect(
  keys: Map<string, KeyHistory>,
  { key, sentAt, endedAt, answer }: ClientObservation,
  repeats: Tally,
): void {
  const known = keys.get(key) ?? {
    sentAt,
    acknowledgedAt: Infinity,
    accepted: null,
    unanswered: false,
    refused: false,
  };
  keys.set(key, known);
  known.sentAt = Math.min(known.sentAt, sentAt);
  if (answer.kind === 'none') known.unanswered = true;
  if (answer.kind === 'refused') known.refused = true;
  if (answer.kind !== 'accepted') return;
  known.acknowledgedAt = Math.min(known.acknowledgedAt, endedAt);
  if (known.accepted !== null && !isSame(known.accepted, answer)) {
    repeats.add(`${key}: told ${known.accepted.purchaseId}, then ${answer.purchaseId}`);
  }
  known.accepted ??= answer;
}

const isSame = (a: Sold, b: Sold): boolean =>
  a.purchaseId === b.purchaseId && a.ticketNumbers.join() === b.ticketNumbers.join();

/** Real-time order: the highest revision acknowledged before B was sent must be below B's. */
function order(keys: ReadonlyMap<string, KeyHistory>): Finding {
  const sales = [...keys.values()].flatMap(({ sentAt, acknowledgedAt, accepted }) =>
    accepted === null ? [] : [{ sentAt, acknowledgedAt, revision: accepted.revision }],
  );
  const bySent = sales.toSorted((a, b) => a.sentAt - b.sentAt);
  const byAcknowledged = sales.toSorted((a, b) => a.acknowledgedAt - b.acknowledgedAt);
  const tally = new Tally();
  let highest = -1n;
  let next = 0;
  for (const sale of bySent) {
    for (
      let earlier = byAcknowledged[next];
      earlier && earlier.acknowledgedAt < sale.sentAt;
      earlier = byAcknowledged[++next]
    ) {
      if (earlier.revision > highest) highest = earlier.revision;
    }
    if (sale.revision <= highest) {
      tally.add(`revision ${sale.revision} was sent after revision ${highest} had been acknowledged`);
    }
  }
  return tally.finding('I9', `${sales.length} sales`);
}
