import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

export interface TestServers {
  readonly eventStoreUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/** The servers of this run, shared by all test files. */
export const testServers = (): TestServers => inject('servers');

/** A namespace nobody else has, so that tests can share the servers. */
export const uniqueNamespace = (): string => `t${randomBytes(6).toString('hex')}`;
