import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { routes } from '../src/api/routes/index.js';
import { type Operation, operationsOf } from './operations.js';
import { type FuzzRequest, type Known, requestsTo } from './requests.js';
import { Client } from './send.js';
import { startService } from './service.js';
import { besideSlowClients } from './slow-sockets.js';
import { complaintOf } from './verdict.js';

const help = `Sends requests of all kinds to every route of a running service: such as its OpenAPI document describes, almost such, and
none such. No answer may be a 5xx or another than the document lists. Then buys beside 500 clients that send a byte a second.

  npm run fuzz                          1,000 requests a route, on servers of its own
  npm run fuzz -- --requests 10000      the full run
  npm run fuzz -- --seed 42             other requests
  npm run fuzz -- --part 1/3            the first third of the routes; the slow clients come with the last
  npm run fuzz -- --url URL             a service that runs already; it will be full of rubbish

Exit code 1: something was found.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    requests: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    slow: { type: 'string', default: '500' },
    /** Part of method and path. */
    only: { type: 'string' },
    part: { type: 'string', default: '1/1' },
    url: { type: 'string' },
  },
});

/** In flight at once: many requests wait at the service, for a revision that is not there yet above all. */
const atOnce = 64;
/** So many findings of one route are told. */
const mostTold = 5;

if (values.help) console.log(help);
else process.exitCode = await run(Number(values.requests), Number(values.seed), Number(values.slow));

async function run(requests: number, seed: number, slow: number): Promise<number> {
  const service = values.url === undefined ? await startService() : null;
  const url = values.url ?? service?.url ?? '';
  let findings = 0;
  try {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as object;
    const known = await prepare(url);
    const [part = 1, parts = 1] = values.part.split('/').map(Number);
    const chosen = partOf(operationsOf(document).filter(isChosen), part, parts);
    if (chosen.length === 0) throw new TypeError('no route is left of --only and --part');
    for (const operation of chosen) findings += await fuzz(url, operation, known, requests, seed);
    if (part === parts) findings += await slowClients(url, known, slow);
  } finally {
    await service?.stop();
  }
  for (const line of (service?.complaints ?? []).slice(0, 20)) console.log(`logged: ${line.slice(0, 500)}`);
  findings += service?.complaints.length ?? 0;
  console.log(findings === 0 ? 'nothing found' : `${findings} findings`);
  return findings === 0 ? 0 : 1;
}

function isChosen({ method, path }: Operation): boolean {
  return values.only === undefined || `${method} ${path}`.includes(values.only);
}

function partOf<T>(all: readonly T[], part: number, parts: number): readonly T[] {
  return all.slice(Math.floor(((part - 1) * all.length) / parts), Math.floor((part * all.length) / parts));
}

/** Concerts, a purchase and a hold to ask about. */
async function prepare(url: string): Promise<Known> {
  const post = async (path: string, body: object, key = 'prepared') => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, string>;
  };
  const terms = { capacity: 1_000_000, vipSeats: 10, ticketsPerCustomer: 4 };
  const concertIds: string[] = [];
  for (const purchaseMode of ['batch', 'queue', 'optimistic', 'lock', 'lock-cache']) {
    const more = { holdSeconds: 60, waitingList: true, offerSeconds: 60 };
    const scheduled = await post('/concerts', { name: purchaseMode, ...terms, ...more, purchaseMode });
    if (scheduled.concertId !== undefined) concertIds.push(scheduled.concertId);
  }
  const path = `/concerts/${concertIds[0]}`;
  const { purchaseId = '' } = await post(`${path}/purchases`, { customerId: 'ada', quantity: 1 });
  const { holdId = '' } = await post(`${path}/holds`, { customerId: 'eve', quantity: 1 }, 'held');
  return { concertId: concertIds, purchaseId: [purchaseId], holdId: [holdId], customerId: ['ada', 'eve'] };
}

async function fuzz(
  url: string,
  operation: Operation,
  known: Known,
  count: number,
  seed: number,
): Promise<number> {
  const started = performance.now();
  const statuses = new Map<number, number>();
  const told: string[] = [];
  let findings = 0;
  const client = new Client(url, atOnce);
  const waiting = fc.sample(requestsTo(operation, known), { numRuns: count, seed });
  const found = (request: FuzzRequest, what: string) => {
    findings += 1;
    if (told.length < mostTold) told.push(`  ${what}\n    ${inWords(request)}`);
  };
  const sender = async () => {
    for (let request = waiting.pop(); request !== undefined; request = waiting.pop()) {
      try {
        const seen = await client.send(request);
        statuses.set(seen.status, (statuses.get(seen.status) ?? 0) + 1);
        const complaint = complaintOf(routes, seen);
        if (complaint !== null) found(request, complaint);
      } catch (error) {
        found(request, `no answer: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  client.close();
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${operation.method} ${operation.path}: ${count} in ${seconds} s (${counts.join(', ')})`);
  for (const line of told) console.log(line);
  return findings;
}

async function slowClients(url: string, { concertId }: Known, sockets: number): Promise<number> {
  const [concert] = concertId ?? [];
  if (concert === undefined || sockets === 0) return 0;
  const { open, lastClosedMs, p99 } = await besideSlowClients(url, concert, sockets);
  console.log(
    `${sockets} clients at a byte a second: ${open} open after 15 s, the last closed after ${lastClosedMs} ms; other buyers' p99 ${p99.alone} ms alone, ${p99.beside} ms beside them`,
  );
  return open;
}

function inWords({ method, target, headers, body }: FuzzRequest): string {
  const sent = body?.toString('latin1').slice(0, 300) ?? '';
  return `${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${sent}`;
}
