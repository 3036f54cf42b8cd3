import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { seededRandom } from '../src/cli/demo/random.js';
import type { PurchaseMode } from '../src/domain/purchase-mode.js';
import type { Cluster, ClusterSpec } from './cluster/cluster.js';
import { Crowd } from './crowd/crowd.js';
import { History } from './crowd/history.js';
import { type CrowdShape, customersOf, holdMs, usualShape } from './crowd/plan.js';
import type { Fault, Variant } from './faults/fault.js';
import { auditInWords, logLines, noteViews, untilNothingIsHeld } from './judging/evidence.js';
import { judgeTrial, type TrialVerdict } from './judging/judge-trial.js';
import { watchRecovery } from './judging/recovery.js';
import { Strike } from './strike.js';

const processes = 3;
/** The stock may be wrong for so long after healing (I11), in ms. */
const healingMs = 5_000;
/** Customers come for so long after healing, in ms. */
const afterwardsMs = 1_200;
const usualSettleMs = 40_000;
/** So many come at most, however long the healing takes: what is asked for later is not of the fault. */
const mostCustomers = 700;

/** What one seed does: the same each time it is asked. */
export interface Plan {
  readonly faults: readonly Fault[];
  readonly variants: readonly Variant[];
  readonly seed: number;
  /** Of the second concert; the first is in mode `queue`. */
  readonly mode: PurchaseMode;
  readonly capacities: readonly [number, number];
  /** The concert whose tickets can be held and waited for, by number. */
  readonly holding: 0 | 1;
  readonly startsAtMs: number;
  readonly spec: ClusterSpec;
  readonly shape: CrowdShape;
  readonly isShort: boolean;
  /** How long customers ask for a final answer, in ms. */
  readonly settleMs: number;
}

const modes: readonly PurchaseMode[] = ['batch', 'lock', 'optimistic', 'lock-cache', 'batch'];

export interface PlanOptions {
  readonly isShort: boolean;
  readonly mode?: PurchaseMode;
  readonly variables?: Readonly<Record<string, string>>;
  readonly shape?: Partial<CrowdShape>;
  readonly settleMs?: number;
  readonly holding?: 0 | 1;
  /** Of each fault; else the seed takes them in turn. */
  readonly variant?: number;
}

export function planOf(faults: readonly Fault[], seed: number, options: PlanOptions): Plan {
  // Different for each fault, so that one seed of all of them meets all modes.
  const which = faults.reduce((sum, { id }) => sum * 131 + Number(id.slice(1)), 0);
  const random = seededRandom(seed * 7_919 + which * 104_651);
  const variants = faults.map((fault) => {
    const variant = fault.variants[(options.variant ?? seed - 1) % fault.variants.length];
    if (variant === undefined) throw new TypeError(`${fault.id} has no variant`);
    return variant;
  });
  const specs = variants.map(({ spec }) => spec ?? {});
  const shapes = variants.map(({ crowd }) => crowd ?? {});
  return {
    faults,
    variants,
    seed,
    mode: options.mode ?? modes[Math.floor(random() * modes.length)] ?? 'batch',
    capacities: [130 + Math.floor(random() * 80), 130 + Math.floor(random() * 80)],
    holding: options.holding ?? (random() < 0.5 ? 0 : 1),
    startsAtMs: 700 + Math.floor(random() * 800),
    spec: Object.assign(
      { processes, redisServers: 1, fakeClocks: false, variables: options.variables ?? {} } as const,
      ...specs,
    ),
    shape: Object.assign({}, usualShape, ...shapes, options.shape),
    isShort: options.isShort,
    settleMs: options.settleMs ?? usualSettleMs,
  };
}

/** Sells two concerts while the faults strike, heals, settles what is open, and judges. */
export async function runTrial(plan: Plan, cluster: Cluster, keep: string): Promise<TrialVerdict> {
  const history = new History();
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const { services, direct } = cluster;
  const crashesBefore = services.map(({ crashes }) => crashes.length);
  const concerts: string[] = [];
  for (const [i, mode] of (['queue', plan.mode] as const).entries())
    concerts.push(
      await schedule(cluster, mode, plan.capacities[i] ?? 0, i === plan.holding ? withHolds : {}),
    );
  const random = seededRandom(plan.seed * 104_729);
  const crowd = new Crowd({ services, concerts, history, patienceMs: plan.shape.patienceMs, random });
  const strike = new Strike(plan, cluster, concerts, history);
  await strike.prepare();
  const leaving = new AbortController();
  const customers = take(
    mostCustomers,
    customersOf(seededRandom(plan.seed), plan.shape, {
      concerts: concerts.length,
      processes: services.length,
      holding: plan.holding,
    }),
  );
  const coming = crowd.come(customers, leaving.signal);
  await delay(plan.startsAtMs);
  await strike.run();
  await cluster.heal();
  const healedAt = history.now();
  strike.note('healed');
  history.others.push({ healed: true, at: healedAt });
  const watching = Promise.all(
    concerts.map((concertId) => watchRecovery(direct, concertId, history, 4 * healingMs)),
  );
  // Awaited below; a failure is thrown there.
  watching.catch(() => {});
  await delay(afterwardsMs);
  leaving.abort();
  await coming;
  await crowd.settle(plan.settleMs);
  const recovered = await watching;
  await delay(Math.max(0, healedAt + healingMs + 50 - history.now()));
  for (const concertId of concerts) await untilNothingIsHeld(direct, concertId);
  const audits = (await Promise.all(concerts.map((concertId) => auditInWords(direct, concertId)))).flat();
  for (const concertId of concerts) await noteViews(direct, concertId, history);
  await crowd.close();
  const log = (await Promise.all(concerts.map((concertId) => logLines(direct, concertId)))).flat();
  const crashes = services.flatMap((service, i) =>
    service.crashes.slice(crashesBefore[i]).map((crash) => [crash, ...service.lastLines].join('\n    ')),
  );
  return judgeTrial({
    plan,
    history,
    log,
    keep,
    strike,
    recovered,
    loopDelayMs: delays.percentile(99) / 1e6,
    problems: [...audits, ...crashes, ...crowd.oddities],
  });
}

function* take<T>(most: number, items: Iterable<T>): Generator<T> {
  let taken = 0;
  for (const item of items) {
    if (taken++ >= most) return;
    yield item;
  }
}

const terms = { name: 'Torture', vipSeats: 12, ticketsPerCustomer: 2 };
/** Terms of a concert whose tickets can be held and waited for. Fewer tickets than customers, so that some wait. */
export const withHolds = {
  capacity: 40,
  holdSeconds: holdMs / 1_000,
  waitingList: true,
  offerSeconds: holdMs / 1_000,
};

/** So many times the service is asked to schedule a concert while it is unavailable, in a minute. */
const mostTries = 120;

/** @returns the id of a new concert */
export async function schedule(
  cluster: Cluster,
  purchaseMode: PurchaseMode,
  capacity: number,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const body = JSON.stringify({ ...terms, capacity, purchaseMode, ...more });
  const headers = { 'content-type': 'application/json' };
  for (let tries = 1; ; tries++) {
    const answer = await request(`${cluster.services[0]?.url}/concerts`, { method: 'POST', headers, body });
    if (answer.statusCode === 201) return ((await answer.body.json()) as { concertId: string }).concertId;
    const problem = await answer.body.text();
    if (answer.statusCode !== 503 || tries === mostTries) throw new Error(`scheduling: ${problem}`);
    await delay(500);
  }
}
