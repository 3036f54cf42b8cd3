import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../src/cli/config.js';
import { type OpenServers, openServers } from '../../src/cli/open-servers.js';
import { ownedConcerts } from '../../src/redis/queue/owners.js';
import { FakeClock } from './fake-clock.js';
import { openPaths } from './paths.js';
import type { Servers } from './servers.js';
import { Service } from './service.js';

/** What a schedule asks of the processes. Processes that differ from what runs are restarted. */
export interface ClusterSpec {
  readonly processes: number;
  /** How many Redis servers the lock uses. */
  readonly redisServers: 1 | 3;
  /** Whether the wall clock of each process can be moved. */
  readonly fakeClocks: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

/** Several processes of the service on the servers of a run, each with paths of its own, and the direct way for the judge. */
export class Cluster {
  private constructor(
    readonly servers: Servers,
    readonly services: readonly Service[],
    readonly clocks: readonly FakeClock[],
    /** Past all relays. */
    readonly direct: OpenServers,
  ) {}

  static async start(all: Servers, spec: ClusterSpec, serviceFile: string): Promise<Cluster> {
    const servers = { ...all, redisUrls: all.redisUrls.slice(0, spec.redisServers) };
    const namespace = `t${randomBytes(6).toString('hex')}`;
    const clocks = spec.fakeClocks
      ? Array.from(
          { length: spec.processes },
          (_, i) => new FakeClock(servers.caretaker.folder, `${namespace}-${i}`),
        )
      : [];
    const variables = { NAMESPACE: namespace, ...spec.variables };
    const services = await Promise.all(
      Array.from({ length: spec.processes }, async (_, i) => {
        const name = `p${i}`;
        const paths = await openPaths(servers);
        const ofClock = clocks[i]?.variables ?? {};
        const { caretaker } = servers;
        return new Service({
          ...{ name, file: serviceFile, paths, caretaker },
          variables: { ...variables, ...ofClock },
        });
      }),
    );
    // One after the other, as each may have to create the tables.
    for (const service of services) await service.start();
    return new Cluster(servers, services, clocks, await openDirect(servers, namespace));
  }

  /** The process that owns the concert; null where none does, or Redis does not say. */
  async ownerOf(concertId: string): Promise<Service | null> {
    const { redis } = this.direct;
    if (redis === null) return null;
    try {
      const owned = (await ownedConcerts(redis.servers)).find((each) => each.concertId === concertId);
      const pid = Number(owned?.process.split(':')[1]);
      return this.services.find((service) => service.pid === pid) ?? null;
    } catch {
      // Redis is away: nobody can say.
      return null;
    }
  }

  /** Removes every fault. Resolves when all servers and processes run. */
  async heal(): Promise<void> {
    for (const { options } of this.services) options.paths.heal();
    for (const clock of this.clocks) clock.move(0);
    for (const service of this.services) {
      service.arm(null);
      service.resume();
    }
    await this.servers.heal();
    await Promise.all(this.services.filter(({ pid }) => pid === 0).map((service) => service.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.direct.close();
    await Promise.all(this.services.map(({ options }) => options.paths.close()));
    for (const clock of this.clocks) clock.close();
  }
}

async function openDirect(
  { eventStoreUrl, redisUrls, databaseUrl }: Servers,
  namespace: string,
): Promise<OpenServers> {
  const loaded = loadConfig({
    NAMESPACE: namespace,
    READ_PATIENCE_MS: '60000',
    REDIS_COMMAND_TIMEOUT_MS: '1000',
  });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const unheard = { connectionLost() {}, redisAway() {}, redisBack() {} };
  return openServers(loaded.config, { eventStoreUrl, redisUrls, databaseUrl }, unheard);
}
