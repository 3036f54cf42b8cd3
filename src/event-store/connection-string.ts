/** The options that the client knows (db-client 6.2.1, parseConnectionString.js), in lower case as it compares them. */
const known: ReadonlySet<string> = new Set(
  [
    'userCertFile',
    'userKeyFile',
    'maxDiscoverAttempts',
    'connectionName',
    'defaultDeadline',
    'discoveryInterval',
    'gossipTimeout',
    'nodePreference',
    'tls',
    'tlsCAFile',
    'throwOnAppendFailure',
    'keepAliveInterval',
    'keepAliveTimeout',
  ].map(flat),
);

/** Removes the options that the client ignores: it would print the whole string with the password to warn of them. */
export const withoutIgnoredOptions = (connectionString: string): string => {
  const [hosts = '', options] = split(connectionString);
  const kept = options.filter((option) => known.has(flat(nameOf(option))));
  return kept.length === 0 ? hosts : `${hosts}?${kept.join('&')}`;
};

/** The names of the options in a connection string that have no effect. */
export const ignoredOptions = (connectionString: string): readonly string[] =>
  split(connectionString)[1]
    .map(nameOf)
    .filter((name) => !known.has(flat(name)));

function split(connectionString: string): readonly [hosts: string, options: readonly string[]] {
  const [hosts = '', ...rest] = connectionString.split('?');
  const options = rest.join('?');
  return [hosts, options === '' ? [] : options.split('&')];
}

const nameOf = (option: string): string => option.split('=')[0] ?? '';

function flat(name: string): string {
  return name.trim().toLowerCase().replace(/[_-]/g, '');
}
