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
  for await (const item of pages(client, `/concerts/${concertId}/events`)) {
    const { type, data } = item as { type: string; data: unknown };
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
  const wait = { prefer: `wait=${patienceSeconds}` };
  const path = `/concerts/${concert.concertId}`;
  const { status, body } = await client.get(`${path}?minRevision=${revision}`, wait);
  if (status !== 200)
    tally.add(`the read model had not reached revision ${revision} after ${patienceSeconds} s`);
  const { sold, held } = body as { sold?: number; held?: number };
  if (sold !== concert.live) tally.add(`concerts has ${sold} sold, the log ${concert.live}`);
  if (held !== concert.holds.held) tally.add(`concerts has ${held} on hold, the log ${concert.holds.held}`);
  const expected = expectedTickets(concert);
  let rows = 0;
  for await (const item of pages(client, `${path}/tickets`, `minRevision=${revision}`, wait)) {
    const row = item as {
      number: number;
      seat: string | null;
      customerId: string;
      purchaseId: string;
      status: string;
    };
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

async function stockCache(client: Client, concert: Concert): Promise<Finding> {
  const ready = (await client.get('/readyz')).body as { checks: { redis: string } };
  if (ready.checks.redis === 'not used') return notApplicable('I11', 'there is no Redis, by configuration');
  const tally = new Tally();
  const { body } = await client.get(`/concerts/${concert.concertId}/stock`);
  const { remaining: told, source } = body as { remaining: number; source: string };
  if (told !== remaining(concert)) tally.add(`the ${source} has ${told} left, the log ${remaining(concert)}`);
  return tally.finding('I11', `the ${source} has ${told} left`);
}

async function* pages(client: Client, path: string, query = '', headers = {}): AsyncGenerator<unknown> {
  for (let cursor: string | null = null; ; ) {
    const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await client.get(`${path}?limit=${pageSize}${at}&${query}`, headers);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    const { items, next } = body as { items: unknown[]; next: string | null };
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}
