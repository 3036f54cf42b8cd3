import type { Finding } from '../../src/domain/audit/findings.js';
import { auditHistory } from '../../src/domain/audit/history-audit.js';
import { compareArrivals, countInversions } from '../../src/domain/audit/inversions.js';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import type { TicketReserved } from '../../src/domain/events/events.js';
import type { InvariantId } from '../../src/domain/invariants.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { TimedObservation } from '../load/protocol.js';
import type { Verdict } from './defects.js';

type Reserved = TicketReserved['data'];

export interface LogVerdict extends Verdict {
  readonly revision: bigint;
  readonly live: number;
  readonly held: number;
}

/** Checks what the buyers of one concert were told against its log: every invariant that log and responses judge. */
export async function judgeLog(
  store: EventStore,
  concertId: string,
  observations: readonly TimedObservation[],
): Promise<LogVerdict> {
  const audit = new LogAudit();
  const reserved: Reserved[] = [];
  let revision = -1n;
  for await (const page of store.read(concertId, 0n)) {
    for (const recorded of page) {
      if (!recorded.decoded.ok) throw new Error(recorded.decoded.problem);
      const { event } = recorded.decoded;
      audit.add(event);
      if (event.type === 'TicketReserved') reserved.push(event.data);
      revision = recorded.revision;
    }
  }
  const told = auditHistory(observations, byKey(reserved));
  const findings = [...audit.findings(), ...told.findings];
  return {
    oversold: violations(findings, 'I1'),
    duplicateTickets: violations(findings, 'I2'),
    duplicateCustomers: violations(findings, 'I4'),
    vipErrors: violations(findings, 'I3'),
    lostAcknowledged: told.lostAcknowledged,
    soldButRefused: told.refusedButSold,
    unsettled: told.unsettled,
    arrivalInversions: countInversions(reserved, compareArrivals),
    broken: findings.filter(({ verdict }) => verdict === 'violated').map(inWords),
    stored: reserved.length,
    arrivalOrder: ranks(reserved),
    revision,
    live: audit.model.live,
    held: audit.model.onHold.total,
  };
}

const inWords = ({ invariant, claim, violations: times }: Finding): string =>
  `${invariant} (${claim}): ${times} times`;

const violations = (findings: readonly Finding[], invariant: InvariantId): number =>
  findings.filter((f) => f.invariant === invariant).reduce((sum, f) => sum + f.violations, 0);

function byKey(reserved: readonly Reserved[]) {
  const sold = new Map<string, { purchaseId: string; ticketNumbers: number[] }>();
  for (const { idempotencyKey, purchaseId, ticketNumber } of reserved) {
    const purchase = sold.get(idempotencyKey) ?? { purchaseId, ticketNumbers: [] };
    purchase.ticketNumbers.push(ticketNumber);
    sold.set(idempotencyKey, purchase);
  }
  return sold;
}

/** For each ticket in log order, the place of its buyer in the order of arrival. */
function ranks(reserved: readonly Reserved[]): number[] {
  const order = reserved.map((_, index) => index);
  const arrival = (index: number) => reserved[index] ?? { arrivedAt: '' };
  order.sort((a, b) => compareArrivals(arrival(a), arrival(b)) || a - b);
  const rank = new Array<number>(reserved.length);
  for (const [place, index] of order.entries()) rank[index] = place + 1;
  return rank;
}
