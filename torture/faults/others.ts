import { Redis } from 'ioredis';
import type { PathTo } from '../cluster/paths.js';
import type { Direction } from '../cluster/relay.js';
import type { Fault, Variant } from './fault.js';

export const killedPostgres: Fault = {
  id: 'F8',
  what: 'kill -9 of Postgres during projection',
  variants: [
    {
      name: 'killed twice',
      cannot: ({ servers }) =>
        servers.postgres === null ? 'DATABASE_URL names a Postgres that is not ours to kill' : null,
      async strike({ cluster, random, note, pause }) {
        for (let times = 0; times < 2; times++) {
          await cluster.servers.postgres?.kill();
          note('Postgres killed');
          await pause(200 + 600 * random());
          await cluster.servers.postgres?.ensureRunning();
          note('Postgres runs again');
          await pause(800);
        }
      },
    },
  ],
};

/** Many ask every process at once with one key, half of these keys for two customers. */
const everywhere = { everywhere: 0.4, rivals: 0.2 };

export const duplicates: Fault = {
  id: 'F9',
  what: 'the same key at every process at once; events and messages delivered again',
  variants: [
    {
      name: 'events again',
      crowd: everywhere,
      async strike({ cluster, random, note, pause }) {
        for (let times = 0; times < 6; times++) {
          for (const { options } of cluster.services)
            for (const relay of options.paths.to('store')) relay.cutOnce();
          note('subscriptions begin again at their checkpoints');
          await pause(200 + 500 * random());
        }
      },
    },
    {
      name: 'messages again',
      crowd: everywhere,
      cannot: ({ direct }) => (direct.redis === null ? 'there is no Redis' : null),
      async strike({ cluster, random, note, pause }) {
        const { redis } = cluster.direct;
        if (redis === null) return;
        const echo = new Redis(cluster.servers.redisUrls[0] ?? '');
        const again: (() => void)[] = [];
        let echoed = 0;
        const said = new Map<string, number>();
        await echo.psubscribe('*');
        echo.on('pmessage', (_pattern: string, channel: string, message: string) => {
          const id = `${channel} ${message}`;
          const times = said.get(id) ?? 0;
          said.set(id, times + 1);
          if (times >= 2) return;
          echoed++;
          again.push(() => void redis.servers.primary.publish(channel, message).catch(() => {}));
        });
        for (let times = 0; times < 30; times++) {
          await pause(40 + 120 * random());
          for (const publish of again.splice(0)) publish();
        }
        echo.disconnect();
        note(`${echoed} messages were sent again`);
      },
    },
  ],
};

const paths: readonly PathTo[] = ['redis', 'store', 'postgres'];
const directions: readonly Direction[] = ['both', 'to client', 'to server'];
const harms = ['cut', 'silent', 'slow'] as const;

const path = (to: PathTo, harm: (typeof harms)[number], direction: Direction): Variant => ({
  name: `${to} ${harm}${harm === 'cut' ? '' : ` ${direction}`}`,
  cannot: ({ services }) =>
    services[0]?.options.paths.to(to).length === 0 ? `no relay stands before ${to}` : null,
  async strike(nemesis) {
    const service = nemesis.random() < 0.5 ? nemesis.anyService() : await nemesis.anOwner();
    for (const relay of service.options.paths.to(to))
      if (harm === 'cut') relay.cut();
      else if (harm === 'silent') relay.silence(direction);
      else relay.slow(direction, 150 + 400 * nemesis.random());
    nemesis.note(`the path from ${service.name} to ${to}: ${harm} ${harm === 'cut' ? '' : direction}`);
    await nemesis.pause(2_500);
    for (const relay of service.options.paths.to(to)) relay.heal();
    nemesis.note('the path is healed');
    await nemesis.pause(500);
  },
});

export const brokenPath: Fault = {
  id: 'F10',
  what: 'the path from one process to one server is cut, silent or slow',
  variants: [
    ...harms.flatMap((harm) => paths.map((to) => path(to, harm, 'both'))),
    ...directions.slice(1).flatMap((direction) => paths.map((to) => path(to, 'silent', direction))),
  ],
};

export const rollingRestart: Fault = {
  id: 'F12',
  what: 'a rolling restart under load',
  variants: [
    {
      name: 'one process after the other',
      async strike({ cluster, note, pause }) {
        for (const service of cluster.services) {
          await service.stop();
          note(`${service.name} stopped`);
          await service.start();
          note(`${service.name} started`);
          await pause(200);
        }
      },
    },
  ],
};
