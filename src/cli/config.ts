import { needsRedis, purchaseModes } from '../domain/purchase-mode.js';
import { isNamespace, namespaceRule } from '../installation/names.js';
import {
  listOf,
  matching,
  milliseconds,
  oneOf,
  orNone,
  redact,
  url,
  type Variable,
  whole,
} from './variables.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const eventStoreUrl =
  /^(?!.*[?&](?:tls|tlsVerifyCert|throwOnAppendFailure)=(?!(?:true|false)(?:&|$)))esdb(?:\+discover)?:\/\/(?:[^\s@/]+@)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?(?:,(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?)*\/?(?:\?\S*)?$/i;

/** Everything that can be configured, by the name of its environment variable. docs/configuration.md explains each. */
export const variables = {
  PORT: whole(0, 65_535, 3_000),
  HOST: matching(/^[\w.:-]+$/, 'a host name or address to listen on', '127.0.0.1'),
  EVENTSTORE_URL: matching(
    eventStoreUrl,
    'esdb://host:port or esdb+discover://…, where tls, tlsVerifyCert and throwOnAppendFailure are true or false',
    null,
  ),
  REDIS_URL: orNone(listOf(url(['redis:', 'rediss:'], 'redis://host:port or rediss://…'))),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://user:password@host:port/database'),
  DATA_DIR: matching(/^[^\0]+$/, 'a folder', '.onsale'),
  NAMESPACE: {
    expected: namespaceRule,
    fallback: '',
    parse: (text: string) => (isNamespace(text) ? text : undefined),
  },
  PURCHASE_MODE: oneOf(purchaseModes, 'batch'),
  QUEUE_LIMIT: whole(1, 1_000_000, 10_000),
  LONGEST_WAIT_MS: milliseconds(1, 600_000, 10_000),
  MAX_PURCHASES_IN_MEMORY: whole(1, 100_000_000, 2_000_000),
  LOCK_WAIT_MS: milliseconds(0, 600_000, 2_000),
  LOCK_LEASE_MS: milliseconds(100, 600_000, 3_000),
  APPEND_ATTEMPT_MS: milliseconds(10, 600_000, 2_000),
  APPEND_TOTAL_MS: milliseconds(10, 600_000, 10_000),
  READ_PATIENCE_MS: milliseconds(0, 600_000, 5_000),
  // A rebuild's swap holds one connection while it fills tables through another.
  DATABASE_POOL_SIZE: whole(2, 1_000, 10),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds(10, 600_000, 250),
  LOG_LEVEL: oneOf(logLevels, 'info'),
  STOP_GRACE_MS: milliseconds(0, 600_000, 10_000),
  WORKER_SILENCE_MS: milliseconds(1_000, 600_000, 10_000),
};

type Values = { readonly [Name in keyof typeof variables]: (typeof variables)[Name]['fallback'] };

export type Config = ReturnType<typeof arrange>;

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  /** One line for each variable that is wrong. Nothing secret is in them. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the configuration from environment variables. One that is empty counts as not set. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const problems: string[] = [];
  const read = <Value>(name: string, { expected, fallback, parse }: Variable<Value>): Value => {
    const given = env[name]?.trim() ?? '';
    if (given === '') return fallback;
    const value = parse(given);
    if (value === undefined) problems.push(`${name} is "${redact(given)}"; expected ${expected}`);
    return value ?? fallback;
  };
  const values = Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, read<unknown>(name, variable)]),
  ) as Values;
  if (problems.length === 0 && values.APPEND_ATTEMPT_MS > values.APPEND_TOTAL_MS) {
    const { APPEND_ATTEMPT_MS: attempt, APPEND_TOTAL_MS: total } = values;
    problems.push(
      `APPEND_ATTEMPT_MS is "${attempt}"; expected no more than APPEND_TOTAL_MS, which is ${total}`,
    );
  }
  if (values.REDIS_URL?.length === 0 && needsRedis(values.PURCHASE_MODE)) {
    problems.push(
      `PURCHASE_MODE is "${values.PURCHASE_MODE}"; expected batch, optimistic or unsafe, since REDIS_URL is "none"`,
    );
  }
  return problems.length === 0 ? { ok: true, config: arrange(values) } : { ok: false, problems };
}

const arrange = (values: Values) => ({
  host: values.HOST,
  port: values.PORT,
  stopGraceMs: values.STOP_GRACE_MS,
  workerSilenceMs: values.WORKER_SILENCE_MS,
  logLevel: values.LOG_LEVEL,
  namespace: values.NAMESPACE,
  /** Each null means: start one of our own, with its data in dataDir. No Redis URLs at all: do without Redis. */
  servers: {
    eventStoreUrl: values.EVENTSTORE_URL,
    redisUrls: values.REDIS_URL,
    databaseUrl: values.DATABASE_URL,
  },
  dataDir: values.DATA_DIR,
  purchases: {
    purchaseMode: values.PURCHASE_MODE,
    lockWaitMs: values.LOCK_WAIT_MS,
    queueLimit: values.QUEUE_LIMIT,
    longestWaitMs: values.LONGEST_WAIT_MS,
    maxPurchasesInMemory: values.MAX_PURCHASES_IN_MEMORY,
  },
  lockLeaseMs: values.LOCK_LEASE_MS,
  append: { attemptMs: values.APPEND_ATTEMPT_MS, totalMs: values.APPEND_TOTAL_MS },
  readPatienceMs: values.READ_PATIENCE_MS,
  databasePoolSize: values.DATABASE_POOL_SIZE,
  redisCommandTimeoutMs: values.REDIS_COMMAND_TIMEOUT_MS,
});
