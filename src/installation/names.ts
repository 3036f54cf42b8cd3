/** The names of an installation on each of its servers. */
export interface InstallationNames {
  /** Postgres schema. The schemas of a rebuild add a hyphen, which no namespace has. */
  readonly schema: string;
  /** Prefix of every Redis key. */
  readonly redisPrefix: string;
  /** Prefix of every concert's stream, and of no other stream of any installation. */
  readonly concertStreamPrefix: string;
  /** The stream whose single event identifies the log. */
  readonly logStream: string;
}

/** The rule for a namespace, in words. */
export const namespaceRule =
  'a lower-case letter and up to 30 more lower-case letters, digits or underscores; not onsale (the name of the ' +
  'installation without a namespace), public, information_schema or pg_… (schemas of Postgres)';

const taken: ReadonlySet<string> = new Set(['onsale', 'public', 'information_schema']);

/** Whether an installation may have this namespace; '' is the installation without one. */
export const isNamespace = (text: string): boolean =>
  text === '' || (/^[a-z][a-z0-9_]{0,30}$/.test(text) && !taken.has(text) && !text.startsWith('pg_'));

/**
 * The one place that derives the names on all servers. Two namespaces never share a name on any of them.
 * @throws {TypeError} when `isNamespace` is false
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
