import { z } from 'zod';
import type { AccessRules } from '../api/access/authenticate.js';
import type { TokenRules } from '../api/access/token-verifier.js';
import { isNetwork } from '../api/limits/client-address.js';
import { needsRedis, purchaseModes } from '../domain/purchase-mode.js';
import { isNamespace, namespaceRule } from '../installation/names.js';
import type { Quota } from '../redis/shared-limit.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const eventStoreUrl =
  /^(?!.*[?&](?:tls|tlsVerifyCert|throwOnAppendFailure)=(?!(?:true|false)(?:&|$)))esdb(?:\+discover)?:\/\/(?:[^\s@/]+@)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?(?:,(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?)*\/?(?:\?\S*)?$/i;

// The message of each check follows "expected" in a problem.

const text = (pattern: RegExp, expected: string) => z.string().regex(pattern, expected);

function whole(min: number, max: number, unit = '') {
  const expected = `${unit}a whole number from ${min} to ${max}`;
  const number = z.number().min(min, expected).max(max, expected);
  return text(/^\d{1,15}$/, expected)
    .transform(Number)
    .pipe(number);
}

const milliseconds = (min: number, max: number) => whole(min, max, 'milliseconds, ');

const oneOf = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices, `one of ${choices.join(', ')}`);

const redisUrls = z
  .string()
  .transform((list) => (list === 'none' ? [] : list.split(',').map((url) => url.trim())))
  .pipe(
    z.array(
      z.url({
        protocol: /^rediss?$/,
        error: 'redis://host:port or rediss://…, or several of them with commas between, or none',
      }),
    ),
  )
  .readonly();

/** The text stays: `arrange` reads it. */
const rate = text(
  /^(none|[1-9]\d{0,8}\/[1-9]\d{0,4})$/,
  'a number, a slash and seconds, like 60/10, or none',
);

const networks = z
  .string()
  .transform((list) => (list === 'none' ? [] : list.split(',').map((network) => network.trim())))
  .pipe(
    z.array(
      z.string().refine(isNetwork, 'addresses or networks like 10.0.0.0/8, with commas between, or none'),
    ),
  )
  .readonly();

const corsOrigins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .pipe(
    z.array(
      text(
        /^(\*|https?:\/\/[\w.-]+(:\d{1,5})?)$/,
        'origins like https://tickets.example with commas between, or *',
      ),
    ),
  )
  .readonly();

/** All configuration, by the name of its environment variable. docs/configuration.md explains each. */
const variables = z.object({
  PORT: whole(0, 65_535).default(3_000),
  HOST: text(/^[\w.:-]+$/, 'a host name or address to listen on').default('127.0.0.1'),
  ACCESS: oneOf(['open', 'guarded']).nullable().default(null),
  CORS_ORIGINS: corsOrigins.nullable().default(null),
  JWT_SECRET: text(/^.{32,}$/s, '32 characters or more')
    .nullable()
    .default(null),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'https://issuer/…, an address of public keys' })
    .nullable()
    .default(null),
  JWT_ISSUER: text(/./, 'the `iss` of tokens').nullable().default(null),
  JWT_AUDIENCE: text(/./, 'the `aud` of tokens').nullable().default(null),
  TLS_CERT_FILE: text(/^[^\0]+$/, 'a file')
    .nullable()
    .default(null),
  TLS_KEY_FILE: text(/^[^\0]+$/, 'a file')
    .nullable()
    .default(null),
  TRUSTED_PROXIES: networks.nullable().default(null),
  RATE_LIMIT_CUSTOMER: rate.default('60/10'),
  RATE_LIMIT_ADDRESS: rate.default('1200/10'),
  RATE_LIMIT_PURCHASES: rate.default('200/600'),
  EVENTSTORE_URL: text(
    eventStoreUrl,
    'esdb://host:port or esdb+discover://…, where tls, tlsVerifyCert and throwOnAppendFailure are true or false',
  )
    .nullable()
    .default(null),
  REDIS_URL: redisUrls.nullable().default(null),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'postgres://user:password@host:port/database' })
    .nullable()
    .default(null),
  DATA_DIR: text(/^[^\0]+$/, 'a folder').default('.onsale'),
  NAMESPACE: z.string().refine(isNamespace, namespaceRule).default(''),
  PURCHASE_MODE: oneOf(purchaseModes).default('batch'),
  QUEUE_LIMIT: whole(1, 1_000_000).default(10_000),
  LONGEST_WAIT_MS: milliseconds(1, 600_000).default(10_000),
  MAX_PURCHASES_IN_MEMORY: whole(1, 100_000_000).default(2_000_000),
  LOCK_WAIT_MS: milliseconds(0, 600_000).default(2_000),
  LOCK_LEASE_MS: milliseconds(100, 600_000).default(3_000),
  APPEND_ATTEMPT_MS: milliseconds(10, 600_000).default(2_000),
  APPEND_TOTAL_MS: milliseconds(10, 600_000).default(10_000),
  READ_PATIENCE_MS: milliseconds(0, 600_000).default(5_000),
  // A rebuild's swap holds one connection while it fills tables through another.
  DATABASE_POOL_SIZE: whole(2, 1_000).default(10),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds(10, 600_000).default(250),
  BENCH_REPORT: text(/^[^\0]+$/, 'a file')
    .nullable()
    .default(null),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'http://host:4318, the address of a collector' })
    .nullable()
    .default(null),
  OTEL_SERVICE_NAME: text(/./, 'a name').default('onsale'),
  STOP_GRACE_MS: milliseconds(0, 600_000).default(10_000),
  WORKER_SILENCE_MS: milliseconds(1_000, 600_000).default(10_000),
});

type Values = z.infer<typeof variables>;

/** The value of each variable that is not set. */
export const defaults: Readonly<Values> = variables.parse({});

const consistent = variables.superRefine((values, { addIssue }) => {
  const { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = values;
  const tokens = { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE };
  const [given] = Object.entries(tokens).flatMap(([name, value]) => (value === null ? [] : [name]));
  const missing = [
    ...((JWT_SECRET ?? JWT_JWKS_URL) === null ? ['JWT_SECRET or JWT_JWKS_URL'] : []),
    ...(JWT_ISSUER === null ? ['JWT_ISSUER'] : []),
    ...(JWT_AUDIENCE === null ? ['JWT_AUDIENCE'] : []),
  ];
  if (given !== undefined && missing.length > 0) {
    addIssue({ code: 'custom', path: [given], message: `${missing.join(', ')} beside it` });
  }
  if (given !== undefined && values.ACCESS === 'open') {
    addIssue({ code: 'custom', path: ['ACCESS'], message: `guarded, since ${given} is set` });
  }
  if (JWT_SECRET !== null && JWT_JWKS_URL !== null) {
    addIssue({ code: 'custom', path: ['JWT_JWKS_URL'], message: 'nothing, since JWT_SECRET is set' });
  }
  const [cert, key] = [values.TLS_CERT_FILE, values.TLS_KEY_FILE];
  if ((cert === null) !== (key === null)) {
    const [path, missing] =
      cert === null ? ['TLS_KEY_FILE', 'TLS_CERT_FILE'] : ['TLS_CERT_FILE', 'TLS_KEY_FILE'];
    addIssue({ code: 'custom', path: [path], message: `${missing} beside it` });
  }
  const { APPEND_ATTEMPT_MS: attempt, APPEND_TOTAL_MS: total, REDIS_URL, PURCHASE_MODE } = values;
  if (attempt > total) {
    // The one that was set is told.
    const isTotal = attempt === defaults.APPEND_ATTEMPT_MS;
    const message = isTotal
      ? `at least APPEND_ATTEMPT_MS, which is ${attempt}`
      : `no more than APPEND_TOTAL_MS, which is ${total}`;
    addIssue({ code: 'custom', path: [isTotal ? 'APPEND_TOTAL_MS' : 'APPEND_ATTEMPT_MS'], message });
  }
  if (REDIS_URL?.length === 0 && needsRedis(PURCHASE_MODE)) {
    const message = 'batch, optimistic or unsafe, since REDIS_URL is "none"';
    addIssue({ code: 'custom', path: ['PURCHASE_MODE'], message });
  }
});

export type Config = ReturnType<typeof arrange>;

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  /** One line for each invalid variable, without secrets. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the configuration from environment variables. An empty one counts as not set. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const given = new Map(
    Object.keys(defaults).flatMap((name) => {
      const value = env[name]?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
  const { success, data, error } = consistent.safeParse(Object.fromEntries(given));
  if (success) return { ok: true, config: arrange(data) };
  const expected = new Map(error.issues.map(({ path: [name], message }) => [String(name), message]));
  const values = new Map([...Object.entries(defaults), ...given]);
  const problems = [...expected].map(
    ([name, message]) => `${name} is "${shown(name, values.get(name))}"; expected ${message}`,
  );
  return { ok: false, problems };
}

const shown = (name: string, value: unknown): string => {
  if (value === null || value === undefined) return '';
  return name === 'JWT_SECRET' ? '***' : redact(String(value));
};

/**
 * Removes possible secrets from a text: everything between `//` and the last `@` (so of a list only the last host stays), and
 * passwords among the parameters of a URL.
 */
const redact = (given: string): string =>
  given
    .replace(/^([a-z+]+:\/\/)?.*@/is, '$1***@')
    .replace(/([?&][^=&]*(?:pass|secret|token)[^=&]*=)[^&]*/gi, '$1***');

/** Null where tokens are not believed. */
function tokenRules({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: Values): TokenRules | null {
  if (JWT_ISSUER === null || JWT_AUDIENCE === null) return null;
  const rules = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE };
  if (JWT_SECRET !== null) return { ...rules, keys: { secret: JWT_SECRET } };
  return JWT_JWKS_URL === null ? null : { ...rules, keys: { jwksUrl: JWT_JWKS_URL } };
}

/** Null for open access: every client may call everything. */
function accessRules(values: Values): AccessRules | null {
  const tokens = tokenRules(values);
  return tokens === null && values.ACCESS !== 'guarded' ? null : { tokens };
}

function quota(rate: string): Quota | null {
  const [, many, seconds] = /^(\d+)\/(\d+)$/.exec(rate) ?? [];
  return many === undefined ? null : { quota: Number(many), windowSeconds: Number(seconds) };
}

/** Null for plain HTTP. */
const certificateFiles = ({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Values) =>
  certFile === null || keyFile === null ? null : { certFile, keyFile };

const arrange = (values: Values) => ({
  access: accessRules(values),
  /** Open access was asked for, so it may be open beyond this machine. */
  isOpenOnPurpose: values.ACCESS === 'open',
  tls: certificateFiles(values),
  limits: {
    customer: quota(values.RATE_LIMIT_CUSTOMER),
    address: quota(values.RATE_LIMIT_ADDRESS),
    purchases: quota(values.RATE_LIMIT_PURCHASES),
    /** Null where nobody has said which addresses are those of clients. */
    trustedProxies: values.TRUSTED_PROXIES,
  },
  host: values.HOST,
  port: values.PORT,
  /** The origins whose pages may read the API's responses; `*` for any. */
  corsOrigins: values.CORS_ORIGINS ?? [],
  stopGraceMs: values.STOP_GRACE_MS,
  workerSilenceMs: values.WORKER_SILENCE_MS,
  logLevel: values.LOG_LEVEL,
  /** Null: no traces. The SDK reads the address of the collector from the environment itself. */
  traces: values.OTEL_EXPORTER_OTLP_ENDPOINT === null ? null : { serviceName: values.OTEL_SERVICE_NAME },
  /** The report.json of a run of the bench, for operators to look at. */
  benchReport: values.BENCH_REPORT,
  namespace: values.NAMESPACE,
  /**
   * Null for each server that onsale has to start itself, with its data in dataDir. No Redis URLs: an installation without
   * Redis.
   */
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
