import { messageOf } from '../../waiting/message-of.js';
import type { Config } from '../config.js';
import type { ServerUrls } from '../open-servers.js';
import { Refused } from '../refused.js';

/** Explains failures at the start, naming the variable to check. The texts contain no secrets. */

/** Why the service cannot listen on an address. */
export function cannotListen(error: unknown, host: string, port: number): Refused {
  const because = (text: string) => new Refused(text, { cause: error });
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return because(
        `PORT is "${port}", and another program listens on ${host}:${port}; stop that, or set PORT to another one`,
      );
    case 'EACCES':
      return because(`PORT is "${port}", and this user may not listen on it; set PORT to one from 1024`);
    case 'EADDRNOTAVAIL':
      return because(`HOST is "${host}", which is not an address of this machine`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return because(`HOST is "${host}", which is not a name that this machine can look up`);
    default:
      return because(`HOST is "${host}" and PORT "${port}"; listening there failed: ${messageOf(error)}`);
  }
}

/** Why the tables of the service cannot be prepared. */
export function cannotMigrate(error: unknown, config: Config, { databaseUrl }: ServerUrls): Refused {
  const { hostname, port } = new URL(databaseUrl);
  const where = `${hostname}:${port === '' ? 5432 : port}`;
  const server =
    config.servers.databaseUrl === null ? 'the Postgres of the dev servers' : 'DATABASE_URL: Postgres';
  return new Refused(`${server} at ${where} cannot be used: ${messageOf(error)}`, { cause: error });
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
