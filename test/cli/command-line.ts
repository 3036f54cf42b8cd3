import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll } from 'vitest';
import { testServers } from '../support/stack.js';
import type { CommandLine, CommandResult } from './cli-host.js';

const environmentOf = (namespace: string): Record<string, string> => {
  const { eventStoreUrl, databaseUrl, redisUrl } = testServers();
  const servers = { EVENTSTORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  return { ...servers, NAMESPACE: namespace };
};

/** `onsale` as an operator starts it: a process for each command. */
export function inOwnProcess(
  namespace: string,
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<CommandResult> {
  const env = { ...process.env, ...environmentOf(namespace), ...more };
  return new Promise((done) => {
    execFile(
      process.execPath,
      [resolve('dist/programs/onsale.js'), ...args],
      { env },
      (error, out, complaint) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, out, complaint }),
    );
  });
}

/** The same command lines one after the other in one process, which ends with the tests of the file. */
export function openCommandLine(namespace: string) {
  let host: ChildProcess | null = null;
  afterAll(async () => {
    if (host === null) return;
    const exited = once(host, 'exit');
    host.disconnect();
    await exited;
  });
  return async (args: readonly string[], more: Record<string, string> = {}): Promise<CommandResult> => {
    host ??= fork(resolve('dist/test/cli/cli-host.js'));
    const result = once(host, 'message');
    host.send({ args, env: { ...environmentOf(namespace), ...more } } satisfies CommandLine);
    return (await result)[0];
  };
}
