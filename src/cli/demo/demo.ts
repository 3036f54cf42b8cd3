import { writeFile } from 'node:fs/promises';
import type { operations } from '../../client/index.js';
import type { Finding } from '../../domain/audit/findings.js';
import { heading, say } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { Client } from './client.js';
import { Crowd, type CrowdResult } from './crowd.js';
import { reachVerdict, showVerdict, type Verdict } from './verdict.js';

/** The study's sale, over HTTP against a running service. */
const capacity = 1_000;
const vipSeats = 10;
const customers = 10_000;
const inFlight = 256;

export interface DemoOutcome {
  readonly concertId: string;
  readonly purchaseId: string | undefined;
  /** Whether every invariant that applies passed. */
  readonly passed: boolean;
}

/** Sells, prints the figures, and audits. `jsonFile`: file for the figures, if any. */
export async function runDemo(url: string, seed: number, jsonFile: string | undefined): Promise<DemoOutcome> {
  const client = new Client(url, inFlight);
  const concertId = await schedule(client, { name: 'The opening minute', capacity, vipSeats });
  say(heading(`${capacity} tickets, the first ${vipSeats} of them VIP, for ${customers} customers at once`));
  say(`Watch it: ${pageOf(url, concertId)}`);
  const shown = new Progress('customers', customers);
  const crowd = new Crowd(client, {
    concertId,
    customers,
    inFlight,
    seed,
    impatient: 0.1,
    hangUp: 0.1,
    regret: 0.02,
    onServed: ({ served, bought, refused, cancelled }) =>
      shown.reach(served, `${bought} bought, ${refused} refused, ${cancelled} cancelled`),
  });
  const started = performance.now();
  const result = await crowd.rush();
  const seconds = (performance.now() - started) / 1_000;
  shown.end();
  const verdict = await reachVerdict(client, concertId, result.history, result.revision);
  await client.close();
  summarise(result, verdict, seconds);
  const passed = showVerdict(verdict);
  if (jsonFile !== undefined)
    await writeFile(jsonFile, `${JSON.stringify(figures(result, verdict, seconds), null, 2)}\n`);
  const sold = result.history.flatMap(({ answer }) =>
    answer.kind === 'accepted' ? [answer.purchaseId] : [],
  );
  return { concertId, purchaseId: sold[0], passed };
}

export const pageOf = (url: string, concertId: string): string => `${url}/watch/${concertId}`;

type Terms = operations['scheduleConcert']['requestBody']['content']['application/json'];

/** The id of a concert that is now on sale. @throws where it was refused */
export async function schedule({ api }: Client, terms: Terms): Promise<string> {
  const { data, error, response } = await api.POST('/concerts', { body: terms });
  if (data === undefined)
    throw new Error(`the concert could not be scheduled: ${response.status} ${JSON.stringify(error)}`);
  return data.concertId;
}

function summarise({ history, progress }: CrowdResult, { live, vip }: Verdict, seconds: number): void {
  const repeats = history.length - customers;
  say();
  say(heading('Result'));
  say(
    `  ${history.length} purchase requests in ${seconds.toFixed(1)} s (${repeats} of them repeats: double clicks, hang-ups, retries)`,
  );
  say(
    `  ${progress.bought} customers bought, ${progress.refused} were refused, ${progress.cancelled} cancelled and their seats were sold again`,
  );
  say(`  ${live} of ${capacity} tickets live at the end, ${vip} of ${vipSeats} VIP seats`);
}

const figures = ({ progress }: CrowdResult, { findings, live, vip }: Verdict, seconds: number) => ({
  capacity,
  vipSeats,
  customers,
  accepted: progress.bought,
  refused: progress.refused,
  cancelled: progress.cancelled,
  live,
  vip,
  seconds: Number(seconds.toFixed(3)),
  invariants: Object.fromEntries(findings.map(({ invariant, verdict }: Finding) => [invariant, verdict])),
});

/** Prints commands to try while the service runs, and last the address of the page. */
export function showCurlLines(url: string, { concertId, purchaseId }: DemoOutcome): void {
  say();
  say(heading('Still serving. Try:'));
  say(`  curl -s ${url}/concerts/${concertId}`);
  say(`  curl -s ${url}/concerts/${concertId}/stock`);
  say(`  curl -s '${url}/concerts/${concertId}/events?limit=5'`);
  if (purchaseId !== undefined) say(`  curl -s ${url}/concerts/${concertId}/purchases/${purchaseId}`);
  say(
    `  curl -s ${url}/concerts -H 'content-type: application/json' -d '{"name":"My concert","capacity":5,"vipSeats":1}'`,
  );
  say();
  say('Ctrl-C stops it; the data stays in its folder. The sale to look at, and to play again:');
  say(pageOf(url, concertId));
}
