/** What an installation is called on each of its servers. */
export interface InstallationNames {
  /** Postgres schema. Those of a rebuild add a hyphen, which no namespace has. */
  readonly schema: string;
  /** What every Redis key begins with. */
  readonly redisPrefix: string;
  /** What the stream of every concert begins with, and no other stream of any installation. */
  readonly concertStreamPrefix: string;
  /** The stream whose one event tells which log this is. */
  readonly logStream: string;
}

/** What a namespace has to look like, in words. */
export const namespaceRule =
  'a lower-case letter and up to 30 more lower-case letters, digits or underscores; not onsale (the name of the ' +
  'installation without a namespace), public, information_schema or pg_… (schemas of Postgres)';

const taken: ReadonlySet<string> = new Set(['onsale', 'public', 'information_schema']);

/** Whether an installation may be called so; '' is the one without a namespace. */
export const isNamespace = (text: string): boolean =>
  text === '' || (/^[a-z][a-z0-9_]{0,30}$/.test(text) && !taken.has(text) && !text.startsWith('pg_'));

/**
 * The one place where the names on all servers are derived. Two namespaces never share a name on any of them.
 * @throws {TypeError} when `isNamespace` says no
 */
export function installationNames(namespace: string): InstallationNames {
  if (!isNamespace(namespace)) throw new TypeError(`namespace "${namespace}": expected ${namespaceRule}`);
  const name = namespace === '' ? 'onsale' : namespace;
  const streams = namespace === '' ? '' : `${namespace}_`;
  return {
    schema: name,
    redisPrefix: `${name}:`,
    concertStreamPrefix: `${streams}concert-`,
    logStream: `${streams}installation`,
  };
}
