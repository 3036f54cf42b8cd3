import { onPath } from './servers/on-path.js';
import { postgresBinaries } from './servers/postgres-binaries.js';
import { installation, servers, thisMachine } from './servers/redis-install.js';

/** What dev servers need and this machine lacks, a sentence each. A Redis that would be installed at the start is not missing. */
export async function missingPrograms(): Promise<readonly string[]> {
  const missing: string[] = [];
  await postgresBinaries().catch((error: unknown) => missing.push(String(error).replace(/^Error: /, '')));
  const hasRedis = servers.some((name) => onPath(name) !== undefined);
  if (!hasRedis && installation(thisMachine).length === 0)
    missing.push(`There is no ${servers.join(' or ')} on PATH, and this user may not install one.`);
  return missing;
}
