import { existsSync } from 'node:fs';
import type { GivenServers, Stack } from '../../dev-servers/index.js';
import { messageOf } from '../waiting/message-of.js';
import type { Config } from './config.js';
import { type ServerUrls, urlsOf } from './open-servers.js';
import { Refused } from './refused.js';

/** The servers to use, and the dev servers started for them. */
export interface RunningServers {
  readonly servers: ServerUrls;
  /** Processes of the dev servers that were started here; empty when none was. */
  readonly pids: Stack['pids'];
  /** Publishes the addresses of these servers to the commands of other processes, until `stop`. */
  announce(): void;
  /** Stops the servers that were started here. */
  stop(): Promise<void>;
}

/** Receives messages for the user; errors apart from the rest. */
export interface ServerLog {
  readonly log: (line: string) => void;
  readonly logError: (words: string) => void;
}

/**
 * Starts a dev server for each server that the configuration does not name.
 * @param ephemeral their data is kept in a temporary folder, deleted at the end
 * @throws {Refused} when a dev server is needed and none are installed
 */
export async function startMissingServers(
  config: Config,
  { ephemeral, ...log }: ServerLog & { readonly ephemeral: boolean },
): Promise<RunningServers> {
  const given = givenIn(config.servers);
  if (isComplete(given)) return alreadyRunning(given);
  const { announceServers, startStack, withdrawServers } = await devServers();
  const { dataDir } = config;
  const stack = await startStack({ dataDir, ephemeral, ...given, ...log });
  const servers = urlsOf(stack);
  let announced = false;
  return {
    servers,
    pids: stack.pids,
    announce() {
      announced = !ephemeral;
      if (announced) announceServers(dataDir, servers);
    },
    async stop() {
      if (announced) withdrawServers(dataDir);
      await stack.stop();
    },
  };
}

/**
 * For a command: the servers that the configuration names, for the rest those of a service that runs on DATA_DIR, or, if none
 * does, dev servers for the duration of the command.
 * @param mayCreate start dev servers on a data folder that does not exist yet
 * @throws {Refused} when there are no servers and no data
 */
export async function findServers(
  config: Config,
  mayCreate: boolean,
  log: ServerLog,
): Promise<Pick<RunningServers, 'servers' | 'stop'>> {
  const configured = givenIn(config.servers);
  if (isComplete(configured)) return alreadyRunning(configured);
  const { announcedServers, startStack } = await devServers();
  const running = announcedServers(config.dataDir);
  const given = { ...(running === null ? {} : givenIn(running)), ...configured };
  if (!isComplete(given) && !mayCreate && !existsSync(config.dataDir)) {
    throw new Refused(
      `No installation found: there is no data in ${config.dataDir}, and EVENTSTORE_URL, REDIS_URL and DATABASE_URL ` +
        'are not all set. Set them, or DATA_DIR to the data folder of a service.',
    );
  }
  const stack = await startStack({ dataDir: config.dataDir, ...given, ...log });
  return { servers: urlsOf(stack), stop: stack.stop };
}

/** The servers of a service that runs on DATA_DIR; null when none does, or dev servers are not installed. */
export async function runningServers(config: Config): Promise<ServerUrls | null> {
  const { announcedServers } = await devServers().catch(() => ({ announcedServers: () => null }));
  return announcedServers(config.dataDir);
}

/** What dev servers need and this machine lacks, a sentence each. */
export async function missingPrograms(): Promise<readonly string[]> {
  try {
    return await (await devServers()).missingPrograms();
  } catch (error) {
    return [messageOf(error)];
  }
}

type Complete = Required<GivenServers>;

const isComplete = (given: GivenServers): given is Complete =>
  given.eventStoreUrl !== undefined && given.redisUrl !== undefined && given.databaseUrl !== undefined;

const alreadyRunning = (given: Complete): RunningServers => ({
  servers: urlsOf(given),
  pids: {},
  announce() {},
  stop: async () => {},
});

function givenIn({ eventStoreUrl, redisUrls, databaseUrl }: Config['servers']): GivenServers {
  return {
    ...(eventStoreUrl === null ? {} : { eventStoreUrl }),
    ...(redisUrls === null ? {} : { redisUrl: redisUrls.join(',') }),
    ...(databaseUrl === null ? {} : { databaseUrl }),
  };
}

/** Loaded only when a server is missing, so that an image without dev servers runs on configured ones. */
async function devServers(): Promise<typeof import('../../dev-servers/index.js')> {
  try {
    return await import('../../dev-servers/index.js');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    const problem = 'Set EVENTSTORE_URL, REDIS_URL and DATABASE_URL: dev servers are not installed here.';
    throw new Refused(problem, { cause });
  }
}
