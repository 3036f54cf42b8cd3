import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type TestServers, testServers } from '../support/stack.js';

const main = fileURLToPath(new URL('../../dist/programs/onsale.js', import.meta.url));

/** The environment of a service on the test servers. */
export const environment = (namespace: string, servers: TestServers = testServers(), more: object = {}) => ({
  ...process.env,
  EVENTSTORE_URL: servers.eventStoreUrl,
  REDIS_URL: servers.redisUrl,
  DATABASE_URL: servers.databaseUrl,
  NAMESPACE: namespace,
  PORT: '0',
  LOG_LEVEL: 'warn',
  ...more,
});

export const runOnsale = (args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });

export interface RunningService {
  readonly url: string;
  readonly process: ChildProcess;
  /** Sends the signal and answers the exit code, null when the signal ended the process. */
  end(signal: 'SIGTERM' | 'SIGHUP' | 'SIGKILL'): Promise<number | null>;
}

/** `onsale serve` as a process of its own. */
export async function startServing(
  env: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<RunningService> {
  const child = runOnsale(['serve', ...args], env);
  if (child.stdout === null) throw new TypeError('stdout is a pipe');
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the service ended with code ${code}`))),
  ])) as [string];
  return {
    url: line.replace('onsale listens on ', ''),
    process: child,
    async end(signal) {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}
