import type { Bench } from '../bench.js';
import type { AimKey } from '../report/result.js';
import { access } from './access.js';
import { alone } from './alone.js';
import { baselines, order } from './baselines.js';
import { concerts } from './concerts.js';
import { failOver } from './fail-over.js';
import { fill } from './fill.js';
import { holds, lapsing } from './holds.js';
import { latency } from './latency.js';
import { redisKilled } from './redis-killed.js';
import { redisSilent } from './redis-silent.js';
import { replay } from './replay.js';
import { rolling } from './rolling.js';
import { sale } from './sale.js';
import { scaleOut } from './scale-out.js';
import { soldOut } from './sold-out.js';
import { sustained } from './sustained.js';
import { traces } from './traces.js';
import { viewers } from './viewers.js';
import { whole } from './whole.js';

/** In the order in which they run. */
export const scenarios: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  sale,
  sustained,
  baselines,
  order,
  'sold-out': soldOut,
  latency,
  alone,
  fill,
  concerts,
  viewers,
  access,
  whole,
  traces,
  holds,
  lapsing,
  'scale-out': scaleOut,
  'fail-over': failOver,
  rolling,
  replay,
  'redis-killed': redisKilled,
  'redis-silent': redisSilent,
};

/** The scenario that measures a key. */
const measuredBy: Readonly<Record<AimKey, keyof typeof scenarios>> = {
  'batch/noop': 'baselines',
  'batch/lock': 'baselines',
  'batch/pg-for-update': 'baselines',
  'batch/redis-lua': 'baselines',
  'batch/raw-append': 'baselines',
  'batch/bare-http': 'baselines',
  'batch/pg-conditional': 'baselines',
  'batch/redis-sorted-set': 'baselines',
  'queue/batch': 'order',
  'sold-out/noop': 'sold-out',
  'p99/p50': 'latency',
  alone: 'alone',
  fill: 'fill',
  'fill-optimistic': 'fill',
  'scale-out/sales': 'scale-out',
  'scale-out/cpu': 'scale-out',
  'owner/share': 'scale-out',
  'concerts/1000': 'concerts',
  'viewers/none': 'viewers',
  'guarded/open': 'access',
  'limited/open': 'access',
  'bare/whole': 'whole',
  'traced/untraced': 'traces',
  'untraced/unhooked': 'traces',
  'holds/batch': 'holds',
  'holds/lapsing': 'lapsing',
  'holds/stall': 'lapsing',
  'fail-over': 'fail-over',
  rolling: 'rolling',
  'rebuild/copy': 'replay',
  'rebuild/live': 'replay',
  'silent/killed': 'redis-silent',
  'one-of-three': 'redis-silent',
};

/** The scenario of this name, or the one that measures this key; undefined when there is none. */
export const scenarioFor = (name: string): string | undefined =>
  name in scenarios ? name : Object.entries(measuredBy).find(([key]) => key === name)?.[1];
