import type { Bench } from '../bench.js';
import { beside, order } from './baselines.js';
import { concerts } from './concerts.js';
import { fill } from './fill.js';
import { latency } from './latency.js';
import { redisKilled } from './redis-killed.js';
import { redisSilent } from './redis-silent.js';
import { replay } from './replay.js';
import { sale } from './sale.js';
import { soldOut } from './sold-out.js';
import { sustained } from './sustained.js';

/** In the order in which they run. */
export const scenarios: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  sale,
  sustained,
  beside,
  order,
  'sold-out': soldOut,
  latency,
  fill,
  concerts,
  replay,
  'redis-killed': redisKilled,
  'redis-silent': redisSilent,
};
