import { randomBytes } from 'node:crypto';

export interface TestServers {
  readonly eventStoreUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

let ofThisRun: TestServers | undefined;

/** Told by the setup of each test file, so that processes which tests start need not load the test runner. */
export const tellServers = (servers: TestServers): void => {
  ofThisRun = servers;
};

/** The servers of this run, shared by all test files. A process that a test starts is told them by the test. */
export function testServers(): TestServers {
  if (ofThisRun === undefined) throw new Error('this process was not told the servers of the run');
  return ofThisRun;
}

/** A namespace nobody else has, so that tests can share the servers. */
export const uniqueNamespace = (): string => `t${randomBytes(6).toString('hex')}`;
