import { request } from 'undici';
import { type Bench, newNamespace } from '../bench.js';
import { cpuByProcess } from '../measure/cpu.js';
import { spreadOf } from '../measure/spread.js';
import { large } from '../scenarios/baselines.js';
import type { Sale, System } from '../systems/system.js';
import { appendsOf, buy, inFlights, manyBuyers, perAppend } from './buy.js';
import { fitCost, type Parameters } from './parameters.js';

/** For code to be compiled. */
const warmUps = [64, 64] as const;
/** Of a machine that is quicker at one moment than at another. */
const rounds = 4;

/** Of one sale, in sales for each append and microseconds of CPU time for each sale. */
interface Apart {
  readonly batch: number;
  readonly asked: number;
  readonly owner: number;
  readonly project: number;
}

/** What a sale costs each of three processes with one task each: one projects, one is asked, and one owns the concert. */
export async function measureApart(bench: Bench): Promise<Pick<Parameters, 'asked' | 'owner' | 'project'>> {
  const namespace = newNamespace();
  const start = () => bench.startService('batch', 1, { namespace });
  // The first to start projects.
  const systems = { project: await start(), asked: await start(), owner: await start() };
  const runs: Apart[] = [];
  const measured = Array.from({ length: rounds }, () => inFlights).flat();
  for (const inFlight of [...warmUps, ...measured]) runs.push(await sell(bench, systems, inFlight));
  for (const system of Object.values(systems)) await system.stop();
  const warm = runs.slice(warmUps.length);
  return {
    asked: spreadOf(warm.map(({ asked }) => asked)).median,
    owner: fitCost(warm.map(({ batch, owner }) => ({ batch, micros: owner }))),
    project: spreadOf(warm.map(({ project }) => project)).median,
  };
}

type Systems = Readonly<Record<'project' | 'asked' | 'owner', System>>;

async function sell(bench: Bench, { project, asked, owner }: Systems, inFlight: number): Promise<Apart> {
  const sale = await ownedBy(owner);
  const before = [await appendsOf(owner), usedBy(asked), usedBy(owner), usedBy(project)] as const;
  const { accepted } = await buy(bench, asked, sale, inFlight, manyBuyers);
  const [askedUsed, ownerUsed] = [usedBy(asked), usedBy(owner)];
  const batch = perAppend(before[0], await appendsOf(owner));
  // Until the read models have all of it.
  const verdict = await sale.judge([]);
  if (verdict.broken.length > 0) throw new Error(verdict.broken.join('; '));
  return {
    batch,
    asked: (askedUsed - before[1]) / accepted,
    owner: (ownerUsed - before[2]) / accepted,
    project: (usedBy(project) - before[3]) / accepted,
  };
}

const usedBy = ({ pid }: System): number => cpuByProcess(pid).get(pid) ?? Number.NaN;

/** A new concert that this process owns: it is asked first, and never again. */
async function ownedBy(owner: System): Promise<Sale> {
  const sale = await owner.schedule(large);
  const { body } = await request(`${owner.url}${sale.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'first' },
    body: JSON.stringify({ customerId: 'first' }),
  });
  await body.dump();
  return sale;
}
