import { Relay } from './relay.js';
import type { Servers } from './servers.js';

export type PathTo = 'redis' | 'store' | 'postgres';

/** The relays between one process and its servers. */
export interface Paths {
  readonly redis: readonly Relay[];
  readonly store: Relay | null;
  readonly postgres: Relay;
  /** The environment that makes a service use them. */
  readonly variables: Readonly<Record<string, string>>;
  to(server: PathTo): readonly Relay[];
  heal(): void;
  close(): Promise<void>;
}

export async function openPaths({ eventStoreUrl, redisUrls, databaseUrl }: Servers): Promise<Paths> {
  const redis = await Promise.all(redisUrls.map(relayTo));
  const postgres = await relayTo(databaseUrl);
  // A cluster tells its clients the addresses of its nodes, which a relay does not stand before.
  const isSingle = /^esdb:\/\/[^,]*$/.test(eventStoreUrl);
  const store = isSingle ? await relayTo(eventStoreUrl) : null;
  const all = [...redis, postgres, ...(store === null ? [] : [store])];
  return {
    redis,
    store,
    postgres,
    variables: {
      EVENTSTORE_URL: store === null ? eventStoreUrl : through(eventStoreUrl, store),
      REDIS_URL: redisUrls.map((url, i) => through(url, redis[i] ?? postgres)).join(','),
      DATABASE_URL: through(databaseUrl, postgres),
    },
    to: (server) =>
      server === 'redis' ? redis : server === 'postgres' ? [postgres] : store === null ? [] : [store],
    heal() {
      for (const relay of all) relay.heal();
    },
    async close() {
      await Promise.all(all.map((relay) => relay.close()));
    },
  };
}

const address = /^([a-z+]+:\/\/(?:[^@/]*@)?)([\w.-]+)(?::(\d+))?/;
const usualPorts: Readonly<Record<string, number>> = {
  esdb: 2113,
  redis: 6379,
  postgres: 5432,
  postgresql: 5432,
};

function relayTo(url: string): Promise<Relay> {
  const [, scheme = '', host = '', port] = address.exec(url) ?? [];
  return Relay.open(host, Number(port ?? usualPorts[scheme.split(':')[0] ?? '']));
}

const through = (url: string, { port }: Relay): string => url.replace(address, `$1127.0.0.1:${port}`);
