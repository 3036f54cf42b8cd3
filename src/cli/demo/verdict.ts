import { type Finding, notApplicable, Tally } from '../../domain/audit/findings.js';
import { auditHistory, type ClientObservation, type Sold } from '../../domain/audit/history-audit.js';
import { LogAudit } from '../../domain/audit/log-audit.js';
import { type Concert, emptyConcert, evolve, remaining } from '../../domain/concert.js';
import { SCHEMA_VERSION, upcast } from '../../domain/events/upcast.js';
import { byCatalogue } from '../../domain/invariants.js';
import { heading, say, showFindings } from '../output/print.js';
import type { Client } from './client.js';

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly live: number;
  readonly vip: number;
}

const pageSize = 1_000;
const patienceSeconds = 10;

/** Compares the customers' responses, the read models and the stock cache with the log, all over HTTP. */
export async function reachVerdict(
  client: Client,
  concertId: string,
  history: readonly ClientObservation[],
  revision: bigint,
): Promise<Verdict> {
  const audit = new LogAudit();
  const sold = new Map<string, { purchaseId: string; ticketNumbers: number[] }>();
  let concert = emptyConcert(concertId);
  const events = pages((query) =>
    client.api.GET('/concerts/{concertId}/events', { params: { path: { concertId }, query } }),
  );
  for await (const { type, data } of events) {
    const decoded = upcast({ type, schemaVersion: SCHEMA_VERSION, data, concertId });
    if (!decoded.ok) throw new Error(decoded.problem);
    audit.add(decoded.event);
    concert = evolve(concert, decoded.event);
    if (decoded.event.type === 'TicketReserved') noteSale(sold, decoded.event.data);
  }
  const told = auditHistory(history, sold satisfies ReadonlyMap<string, Sold>);
  const findings = [
    ...merge([...audit.findings(), ...told.findings]),
    await readModel(client, concert, revision),
    await stockCache(client, concert),
  ];
  return { findings, live: audit.model.live, vip: audit.model.vipLive };
}

/** Prints the findings; returns whether every invariant that applies passed. */
export function showVerdict({ findings }: Verdict): boolean {
  say();
  say(heading('Audit: the responses, the read model and the stock cache, compared with the log'));
  showFindings(findings);
  const violated = findings.filter(({ verdict }) => verdict === 'violated');
  say();
  say(
    heading(
      violated.length === 0
        ? 'Verdict: pass.'
        : `Verdict: violated: ${violated.map(({ invariant }) => invariant).join(', ')}.`,
    ),
  );
  return violated.length === 0;
}

function noteSale(
  sold: Map<string, { purchaseId: string; ticketNumbers: number[] }>,
  data: { idempotencyKey: string; purchaseId: string; ticketNumber: number },
): void {
  const sale = sold.get(data.idempotencyKey) ?? { purchaseId: data.purchaseId, ticketNumbers: [] };
  sale.ticketNumbers.push(data.ticketNumber);
  sold.set(data.idempotencyKey, sale);
}

/** An invariant that both the log and the customers' responses judge holds if it holds by both. */
function merge(findings: readonly Finding[]): Finding[] {
  const byInvariant = new Map<Finding['invariant'], Finding>();
  for (const finding of findings) {
    const other = byInvariant.get(finding.invariant);
    byInvariant.set(finding.invariant, other === undefined ? finding : both(other, finding));
  }
  return [...byInvariant.values()].sort((a, b) => byCatalogue(a.invariant, b.invariant));
}

const both = (a: Finding, b: Finding): Finding => ({
  ...a,
  verdict: a.verdict === 'violated' || b.verdict === 'violated' ? 'violated' : 'pass',
  checked: `${a.checked}, ${b.checked}`,
  violations: a.violations + b.violations,
  examples: [...a.examples, ...b.examples],
});

/** Checks the two tables that customers see: every ticket row, and the concert's totals. */
async function readModel(client: Client, concert: Concert, revision: bigint): Promise<Finding> {
  const tally = new Tally();
  const { concertId } = concert;
  const asked = {
    path: { concertId },
    header: { Prefer: `wait=${patienceSeconds}` },
    query: { minRevision: String(revision) },
  };
  const { data } = await client.api.GET('/concerts/{concertId}', { params: asked });
  if (data === undefined)
    tally.add(`the read model had not reached revision ${revision} after ${patienceSeconds} s`);
  if (data?.sold !== concert.live) tally.add(`concerts has ${data?.sold} sold, the log ${concert.live}`);
  if (data?.held !== concert.holds.held)
    tally.add(`concerts has ${data?.held} on hold, the log ${concert.holds.held}`);
  const expected = expectedTickets(concert);
  let rows = 0;
  const tickets = pages((query) =>
    client.api.GET('/concerts/{concertId}/tickets', {
      params: { ...asked, query: { ...asked.query, ...query } },
    }),
  );
  for await (const row of tickets) {
    const found = [row.seat, row.customerId, row.purchaseId, row.status].join('|');
    if (expected.get(row.number) !== found)
      tally.add(`ticket ${row.number}: ${found}, by the log ${expected.get(row.number)}`);
    rows++;
  }
  if (rows !== expected.size) tally.add(`${rows} rows in tickets, ${expected.size} by the log`);
  return tally.finding('I10', `${rows} rows of tickets, and the concert's totals`);
}

function expectedTickets({ purchases }: Concert): ReadonlyMap<number, string> {
  const tickets = new Map<number, string>();
  for (const { customerId, purchaseId, status, tickets: bought } of purchases.values()) {
    const state = status === 'live' ? 'live' : 'released';
    for (const { number, seat } of bought)
      tickets.set(number, [seat, customerId, purchaseId, state].join('|'));
  }
  return tickets;
}

async function stockCache({ api }: Client, concert: Concert): Promise<Finding> {
  const { data: ready } = await api.GET('/readyz');
  if (ready?.checks.redis === 'not used') return notApplicable('I11', 'there is no Redis, by configuration');
  const tally = new Tally();
  const path = { concertId: concert.concertId };
  const { data, response } = await api.GET('/concerts/{concertId}/stock', { params: { path } });
  if (data === undefined) throw new Error(`the stock could not be read: ${response.status}`);
  const { remaining: told, source } = data;
  if (told !== remaining(concert)) tally.add(`the ${source} has ${told} left, the log ${remaining(concert)}`);
  return tally.finding('I11', `the ${source} has ${told} left`);
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

type Answered<Item> = { readonly data?: Page<Item>; readonly error?: unknown; readonly response: Response };

/** All items of a list, page after page. */
async function* pages<Item>(
  read: (query: { readonly limit: number; readonly cursor?: string }) => Promise<Answered<Item>>,
): AsyncGenerator<Item> {
  for (let cursor: string | null = null; ; ) {
    const { data, error, response }: Answered<Item> = await read({
      limit: pageSize,
      ...(cursor === null ? {} : { cursor }),
    });
    if (data === undefined) throw new Error(`a page: ${response.status} ${JSON.stringify(error)}`);
    yield* data.items;
    if (data.next === null) return;
    cursor = data.next;
  }
}
