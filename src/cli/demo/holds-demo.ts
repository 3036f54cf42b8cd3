import { writeFile } from 'node:fs/promises';
import type { Finding } from '../../domain/audit/findings.js';
import { heading, say } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { Client } from './client.js';
import { type DemoOutcome, pageOf, schedule } from './demo.js';
import { type HoldCounts, HoldsCrowd } from './holds-crowd.js';
import { reachVerdict, showVerdict, type Verdict } from './verdict.js';

/** A sale with holds and a waiting list, over HTTP against a running service. */
const capacity = 1_000;
const vipSeats = 10;
const customers = 2_000;
const connections = 128;
const holdSeconds = 5;
const offerSeconds = 5;

export async function runHoldsDemo(
  url: string,
  seed: number,
  jsonFile: string | undefined,
): Promise<DemoOutcome> {
  const client = new Client(url, connections);
  // Customers who pay do not stand behind the crowd at the door.
  const atTheTill = new Client(url, connections);
  const terms = { capacity, vipSeats, holdSeconds, waitingList: true, offerSeconds };
  const concertId = await schedule(client, { name: 'The long queue', ...terms });
  say(
    heading(
      `${capacity} tickets for ${customers} customers at once, held for ${holdSeconds} s and then confirmed`,
    ),
  );
  say(`Watch it: ${pageOf(url, concertId)}`);
  const shown = new Progress('customers', customers);
  const crowd = new HoldsCrowd(client, atTheTill, {
    ...{ concertId, capacity, customers, seed },
    ...{ lapse: 0.2, late: 0.25, impatient: 0.1, patient: 0.5 },
    onServed: ({ served, confirmed, lapsed, waited }) =>
      shown.reach(served, `${confirmed} confirmed, ${lapsed} lapsed, ${waited} waited`),
  });
  const started = performance.now();
  await crowd.rush();
  const seconds = (performance.now() - started) / 1_000;
  shown.end();
  const verdict = await reachVerdict(client, concertId, crowd.history, crowd.revision);
  await Promise.all([client.close(), atTheTill.close()]);
  summarise(crowd.counts, verdict, seconds);
  const passed = showVerdict(verdict);
  if (jsonFile !== undefined) {
    const figures = {
      ...terms,
      customers,
      ...crowd.counts,
      seconds,
      ...invariants(verdict),
      live: verdict.live,
    };
    await writeFile(jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const sold = crowd.history.flatMap(({ answer }) => (answer.kind === 'accepted' ? [answer.purchaseId] : []));
  return { concertId, purchaseId: sold[0], passed };
}

function summarise(counts: HoldCounts, { live, vip }: Verdict, seconds: number): void {
  say();
  say(heading('Result'));
  say(`  ${counts.held} customers held a ticket; ${counts.lapsed} of them did not confirm in time`);
  say(
    `  ${counts.confirmed} confirmed in time, ${counts.confirmedTwice} of them twice; ${counts.lateSold} late ones got a ticket all the same, ${counts.refunds} are to be refunded`,
  );
  say(
    `  ${counts.waited} waited, and ${counts.offered} of them were offered what came back; ${counts.refused} went away`,
  );
  say(`  ${live} of ${capacity} tickets live after ${seconds.toFixed(1)} s, ${vip} of ${vipSeats} VIP seats`);
}

const invariants = ({ findings }: Verdict) => ({
  invariants: Object.fromEntries(findings.map(({ invariant, verdict }: Finding) => [invariant, verdict])),
});
