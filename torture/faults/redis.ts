import type { Cluster } from '../cluster/cluster.js';
import type { OwnRedis } from '../cluster/servers.js';
import type { Fault, Variant } from './fault.js';

const cannotKill = ({ servers }: Cluster) =>
  servers.redis === null ? 'REDIS_URL names a Redis that is not ours to kill' : null;

function ownRedis({ servers }: Cluster): OwnRedis {
  const [redis] = servers.redis ?? [];
  if (redis === undefined) throw new Error('there is no Redis of our own');
  return redis;
}

const restarted = (name: string, what: 'nothing' | 'aof'): Variant => ({
  name,
  cannot: cannotKill,
  async strike({ cluster, random, note, pause }) {
    const redis = ownRedis(cluster);
    await redis.server.kill();
    note('Redis killed');
    if (what === 'nothing') await redis.restore('nothing');
    await pause(300 + 1_200 * random());
    await redis.server.ensureRunning();
    note(`Redis runs again with ${what === 'nothing' ? 'nothing' : 'its append-only file'}`);
    await pause(1_000);
  },
});

const silent = (name: string, redisServers: 1 | 3, which: 'all' | 'one'): Variant => ({
  name,
  spec: { redisServers },
  cannot: ({ servers }) =>
    servers.redisUrls.length < redisServers ? `there are not ${redisServers} Redis servers` : null,
  async strike({ cluster, random, note, pause }) {
    const silenced = which === 'all' ? null : Math.floor(random() * redisServers);
    for (const { options } of cluster.services)
      for (const [i, relay] of options.paths.redis.entries())
        if (silenced === null || i === silenced) relay.silence('both');
    note(silenced === null ? 'Redis silent' : `Redis ${silenced + 1} of ${redisServers} silent`);
    await pause(2_500);
    for (const { options } of cluster.services) for (const relay of options.paths.redis) relay.heal();
    note('Redis answers again');
    await pause(500);
  },
});

export const lostRedis: Fault = {
  id: 'F3',
  what: 'Redis loses what it knew',
  variants: [
    {
      name: 'FLUSHALL',
      cannot: cannotKill,
      async strike({ cluster, random, note, pause }) {
        for (let times = 0; times < 3; times++) {
          await cluster.direct.redis?.servers.primary.flushall();
          note('FLUSHALL');
          await pause(300 + 700 * random());
        }
      },
    },
    restarted('killed, back with nothing', 'nothing'),
    restarted('killed, back with its append-only file', 'aof'),
    {
      name: 'restored from an older dump',
      cannot: cannotKill,
      async strike({ cluster, random, note, pause }) {
        const redis = ownRedis(cluster);
        await redis.dump();
        note('dump taken');
        await pause(1_000 + 1_000 * random());
        await redis.server.kill();
        await redis.restore('dump');
        await pause(200);
        await redis.server.ensureRunning();
        note('Redis runs again with the dump');
        await pause(1_000);
      },
    },
  ],
};

export const silentRedis: Fault = {
  id: 'F4',
  what: 'Redis silent; one of three silent',
  variants: [
    silent('Redis silent', 1, 'all'),
    silent('one of three silent', 3, 'one'),
    silent('three silent', 3, 'all'),
  ],
};
