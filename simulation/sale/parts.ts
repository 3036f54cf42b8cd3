import { seededRandom } from '../../src/cli/demo/random.js';
import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { Step } from './schedule.js';

/** What does not concern the purchases of one concert. */
export function partsOf(seed: number) {
  const random = seededRandom(seed ^ 0x5bd1e995);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const concerts = random() < 0.2 ? 2 + upTo(1) : 1;
  const projects = random() < 0.4;
  const backup = random() < 0.2 && projects ? { backup: random(), losesReadModels: random() < 0.4 } : {};
  const patience = random() < 0.3 ? { longestWaitMs: 200 + upTo(random() < 0.5 ? 600 : 3_000) } : {};
  const as = () => (random() < 0.5 ? 'silent' : 'away');
  const outage = () => ([20, 300, 1_500, 6_000][upTo(3)] ?? 20) * (0.5 + random());
  const ofPostgres = (at: number): Step => {
    const forMs = outage();
    switch (upTo(4)) {
      case 0:
        return { at, kind: 'postgres-down', as: as(), forMs };
      case 1:
        return { at, kind: 'postgres-loses-answers', share: 0.2 + 0.6 * random(), forMs };
      case 2:
        return { at, kind: 'reset', projection: upTo(1) };
      default:
        return { at, kind: 'postgres-crash', forMs: Math.min(forMs, 600) };
    }
  };
  const ofPath = (at: number): Step => {
    const to = (['redis', 'redis', 'redis', 'log', projects ? 'postgres' : 'log'] as const)[upTo(4)] ?? 'log';
    return { at, kind: 'path', process: upTo(3), to, as: as(), forMs: outage() };
  };
  const ofConcert = (which: number) => (concerts === 1 ? {} : { concert: which % concerts });
  const cancellation = (at: number, process: number, buyers: number): Step => {
    const which = upTo(buyers - 1);
    return { at, kind: 'cancel', ...ofConcert(which), process, key: `k${which}` };
  };
  const newcomer = (at: number, process: number, name: string, mode: PurchaseMode): Step => ({
    ...{ at, kind: 'buy', ...ofConcert(upTo(2)), process, customer: name, key: name, quantity: 1 },
    ...(mode === 'queue' ? { waitMs: 5_000 } : {}),
  });
  /** Redis is as it was a moment ago: those who stood in the queue then stand there again, and something was given back. */
  const ofDump = (at: number, buyers: number): readonly Step[] => {
    const restoreAt = at + random() * ([30, 300, 2_000][upTo(2)] ?? 30);
    return [
      { at: at - 200 * random(), kind: 'log-down', as: 'silent', forMs: 250 },
      { at, kind: 'redis', server: 0, what: 'dump' },
      ...[0, 1, 2].map(() => cancellation(at + 50 + random() * 2_000, upTo(3), buyers)),
      { at: restoreAt, kind: 'redis', server: 0, what: 'restore' },
      { at: at + 2_500, kind: 'redis', server: 0, what: 'restore' },
    ];
  };
  /** A process whose append is held up loses Redis too, while others serve the queue. */
  const ofHeldUp = (at: number, buyers: number, mode: PurchaseMode): readonly Step[] => {
    const process = upTo(3);
    const forMs = 1_500 + random() * 4_000;
    const near = () => at + random() * 40;
    return [
      { at, kind: 'path', process, to: 'log', as: 'silent', forMs },
      { at: at + 20 + random() * 60, kind: 'path', process, to: 'redis', as: as(), forMs },
      ...[0, 1, 2].map(() => cancellation(near(), process, buyers)),
      ...[0, 1, 2, 3, 4, 5].map((i) => newcomer(near() - 10, process + 1 + upTo(1), `h${i}`, mode)),
    ];
  };
  /** Wall clocks are set back while the log is away for long. */
  const ofClocks = (at: number): readonly Step[] => [
    ...[0, 1, 2, 3].map((process): Step => ({ at, kind: 'wall-clock', process, jumpMs: -3_600_000 })),
    { at: at + 1, kind: 'log-down', as: as(), forMs: 60_000 },
  ];
  /** A process that is cut off from Redis takes cancellations, and the others sell what comes back. */
  const ofCutOff = (at: number, buyers: number, mode: PurchaseMode): readonly Step[] => {
    const apart = upTo(1);
    const steps: Step[] = [{ at, kind: 'path', process: apart, to: 'redis', as: as(), forMs: 6_000 }];
    for (let i = 0; i < 4; i++) {
      const then = at + 300 + random() * 2_000;
      steps.push(cancellation(then, apart, buyers));
      for (let j = 0; j < 3; j++)
        steps.push(newcomer(then + 4 + random() * 40, apart + 1 + upTo(1), `n${i}${j}`, mode));
    }
    return steps;
  };
  /** Nothing is wrong but that messages of Redis are lost. */
  const isCalm = random() < 0.06;
  const lossy = (): Step => {
    const trouble = { lost: 0.6 + 0.4 * random(), doubled: random(), late: random() };
    return { at: 0, kind: 'messages', trouble, forMs: 10_000 };
  };
  const faults = (lengthMs: number, buyers: number, mode: PurchaseMode): readonly Step[] => {
    const moment = () => random() * lengthMs;
    if (isCalm) return [lossy()];
    const several = (most: number, step: (at: number) => Step) =>
      Array.from({ length: upTo(most) }, () => step(moment()));
    return [
      ...(projects ? several(2, ofPostgres) : []),
      ...(random() < 0.4 ? several(3, ofPath) : []),
      ...(random() < 0.12 ? ofDump(moment(), buyers) : []),
      ...(random() < 0.03 ? ofClocks(moment()) : []),
      ...(random() < 0.12 ? ofHeldUp(lengthMs * (0.4 + random()), buyers, mode) : []),
      ...(random() < 0.1 ? ofCutOff(lengthMs * (0.5 + random()), buyers, mode) : []),
    ];
  };
  return { concerts, projects, ...backup, ...(isCalm ? {} : patience), isCalm, faults };
}
