import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../waiting/message-of.js';
import type { Config } from '../config.js';
import { cannotListen } from '../serving/start-problems.js';
import { type Check, isAtLeast, ok, problem, warning } from './check.js';

const oldestNode = [20, 18] as const;
const leastFreeBytes = 1024 ** 3;

export const checkNode = (version: string): Check =>
  isAtLeast(version, oldestNode)
    ? ok('Node', `version ${version} runs this`)
    : problem('Node', `version ${version} is too old`, 'Install Node 20.18.1 or newer.');

/** Whether the service could listen; a service that runs there already is no problem. */
export async function checkPort({ host, port }: Config): Promise<Check> {
  const refusal = await new Promise<Error | null>((settle) => {
    const server = createServer();
    server.once('error', settle);
    server.listen({ host, port }, () => server.close(() => settle(null)));
  });
  if (refusal === null) return ok('port', `${host}:${port} is free`);
  if ('code' in refusal && refusal.code === 'EADDRINUSE')
    return warning(
      'port',
      `${host}:${port} is in use`,
      'All is well if that is this service; else set PORT.',
    );
  return problem('port', messageOf(cannotListen(refusal, host, port)), 'Set HOST and PORT.');
}

/** Whether the report of the bench that operators are to see can be read. */
export function checkBenchReport({ benchReport }: Pick<Config, 'benchReport'>): readonly Check[] {
  if (benchReport === null) return [];
  try {
    accessSync(benchReport, constants.R_OK);
    return [ok('bench report', `${benchReport} can be read`)];
  } catch (error) {
    const mend = 'Set BENCH_REPORT to the report.json of a run of the bench.';
    return [warning('bench report', messageOf(error), mend)];
  }
}

/** The folder for the data of dev servers. */
export function checkDataFolder(dataDir: string): readonly Check[] {
  const subject = 'data folder';
  let folder = resolve(dataDir);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    const mend = 'Set DATA_DIR to a folder that this user may write to.';
    return [problem(subject, `${folder} cannot be written to`, mend)];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const space = `${(free / 1024 ** 3).toFixed(1)} GiB are free for ${resolve(dataDir)}`;
  return [
    free >= leastFreeBytes
      ? ok(subject, space)
      : warning(subject, space, 'Make room: a full log sells nothing.'),
  ];
}
