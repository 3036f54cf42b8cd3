import { systemClock } from '../../waiting/clock.js';
import type { Config, LoadedConfig } from '../config.js';
import { missingPrograms, runningServers } from '../dev-servers.js';
import type { ServerUrls } from '../open-servers.js';
import { type Check, ok, problem } from './check.js';
import { checkAccess } from './check-access.js';
import { checkBenchReport, checkDataFolder, checkNode, checkPort } from './check-machine.js';
import { checkEventStore, checkPostgres, checkRedis } from './check-servers.js';

/**
 * Looks at everything that the service needs: this machine, the configuration, and the servers that it names or that run on
 * DATA_DIR. Never rejects.
 */
export async function examine(loaded: LoadedConfig): Promise<readonly Check[]> {
  const node = checkNode(process.versions.node);
  if (!loaded.ok) {
    const mend = 'docs/configuration.md explains each variable.';
    return [node, ...loaded.problems.map((words) => problem('configuration', words, mend))];
  }
  const { config } = loaded;
  const groups = await Promise.all([
    [node, ok('configuration', 'every variable that is set can be used')],
    checkAccess(config, systemClock.wallTime()),
    checkPort(config),
    checkBenchReport(config),
    checkServers(config),
  ]);
  return groups.flat();
}

async function checkServers(config: Config): Promise<readonly Check[]> {
  const { eventStoreUrl, redisUrls, databaseUrl } = config.servers;
  const running: Partial<ServerUrls> = (await runningServers(config)) ?? {};
  const at = {
    eventStore: eventStoreUrl ?? running.eventStoreUrl,
    redis: redisUrls ?? running.redisUrls,
    database: databaseUrl ?? running.databaseUrl,
  };
  const isComplete = Object.values(at).every((url) => url !== undefined);
  const groups = await Promise.all([
    isComplete ? [] : checkDevServers(config),
    at.eventStore === undefined ? [] : checkEventStore(at.eventStore, config),
    at.database === undefined ? [] : checkPostgres(at.database, config),
    at.redis === undefined ? [] : checkRedis(at.redis, config),
  ]);
  return groups.flat();
}

/** What is needed to start the servers that are neither configured nor running. */
async function checkDevServers(config: Config): Promise<readonly Check[]> {
  const { eventStoreUrl, redisUrls, databaseUrl } = config.servers;
  const names = [
    ...(eventStoreUrl === null ? ['EVENTSTORE_URL'] : []),
    ...(redisUrls === null ? ['REDIS_URL'] : []),
    ...(databaseUrl === null ? ['DATABASE_URL'] : []),
  ];
  const subject = 'dev servers';
  const missing = await missingPrograms();
  return [
    ...(missing.length === 0
      ? [ok(subject, `\`onsale serve\` starts what ${names.join(', ')} would name`)]
      : missing.map((words) =>
          problem(subject, words, `Set ${names.join(', ')}, or install what is missing.`),
        )),
    ...checkDataFolder(config.dataDir),
  ];
}
