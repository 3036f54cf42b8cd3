import { type EventStoreReport, inspectEventStore } from '../../event-store/inspect.js';
import { inspectPostgres, type PostgresReport } from '../../postgres/inspect.js';
import { inspectRedis, type RedisReport } from '../../redis/inspect.js';
import { systemClock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import type { Config } from '../config.js';
import { type Check, checkClock, isAtLeast, ok, problem, unknown, warning } from './check.js';

const patienceMs = 5_000;
const oldestEventStore = [23, 10] as const;
const oldestRedis = [6, 2] as const;
const oldestValkey = [7, 2] as const;
const oldestPostgres = 140_000;

const now = () => Date.parse(systemClock.wallTime());

export async function checkEventStore(
  connectionString: string,
  { namespace }: Config,
): Promise<readonly Check[]> {
  try {
    return eventStoreChecks(await inspectEventStore({ connectionString, namespace }, patienceMs));
  } catch (error) {
    const mend = 'Look whether it runs and EVENTSTORE_URL names it, with tls=false if it has no certificate.';
    return [problem('event store', `it does not answer: ${messageOf(error)}`, mend)];
  }
}

export function eventStoreChecks({ version, logId, appendProblem }: EventStoreReport): readonly Check[] {
  const subject = 'event store';
  const answers =
    version === ''
      ? unknown(
          subject,
          'it answers, and does not tell its version',
          'See docs/servers.md for supported ones.',
        )
      : isAtLeast(version, oldestEventStore)
        ? ok(subject, `version ${version} answers`)
        : problem(
            subject,
            `version ${version} is too old`,
            'Use EventStoreDB 23.10 or newer, see docs/servers.md.',
          );
  const appends =
    appendProblem === null
      ? ok(subject, 'it takes appends')
      : problem(
          subject,
          `an append failed: ${appendProblem}`,
          'Look at its disk, at its log, and whether the user of EVENTSTORE_URL may write.',
        );
  const log =
    logId === null
      ? ok(subject, 'no service has started on its log yet')
      : ok(subject, `its log is ${logId}`);
  return [answers, appends, log];
}

export async function checkPostgres(url: string, config: Config): Promise<readonly Check[]> {
  try {
    return postgresChecks(await inspectPostgres({ url, namespace: config.namespace }, now), config);
  } catch (error) {
    const mend =
      'Look whether it runs, and whether DATABASE_URL has the right host, user, password and database.';
    return [problem('Postgres', `it does not answer: ${messageOf(error)}`, mend)];
  }
}

export function postgresChecks(
  report: PostgresReport,
  { databasePoolSize }: Pick<Config, 'databasePoolSize'>,
): readonly Check[] {
  const subject = 'Postgres';
  const { version, schema, user, database } = report;
  const left = report.maxConnections - report.openConnections;
  return [
    report.versionNumber >= oldestPostgres
      ? ok(subject, `version ${version} answers`)
      : problem(subject, `version ${version} is too old`, 'Use Postgres 14 or newer.'),
    report.isReplica
      ? problem(subject, 'it is a standby and takes no writes', 'Name the primary in DATABASE_URL.')
      : ok(subject, 'it takes writes'),
    report.mayCreate
      ? ok(subject, report.hasSchema ? `the schema ${schema} is there` : `the schema ${schema} can be made`)
      : problem(
          subject,
          `${user} may not make tables in the schema ${schema} of the database ${database}`,
          report.hasSchema
            ? `grant create, usage on schema "${schema}" to "${user}"`
            : `grant create on database "${database}" to "${user}"`,
        ),
    // A process holds the pool and two connections more for snapshots.
    left > databasePoolSize + 2
      ? ok(subject, `${left} of ${report.maxConnections} connections are free`)
      : warning(
          subject,
          `${left} of ${report.maxConnections} connections are free, and a process takes up to ${databasePoolSize + 2}`,
          'Raise max_connections of Postgres, or lower DATABASE_POOL_SIZE.',
        ),
    checkClock(subject, report.clock),
  ];
}

export async function checkRedis(urls: readonly string[], config: Config): Promise<readonly Check[]> {
  if (urls.length === 0)
    return [ok('Redis', 'REDIS_URL is none: sales go without lock, stock cache and arrival queue')];
  const { namespace, redisCommandTimeoutMs: commandTimeoutMs } = config;
  const reports = await inspectRedis(urls, namespace, { commandTimeoutMs, now });
  const quorum =
    urls.length > 1 && urls.length % 2 === 0
      ? [
          warning(
            'Redis',
            `${urls.length} servers stand the loss of no more than ${urls.length - 1} do`,
            'Use one, three or five: the lock needs a majority.',
          ),
        ]
      : [];
  return [...reports.flatMap(redisChecks), ...quorum];
}

export function redisChecks(report: RedisReport): readonly Check[] {
  const subject = `Redis ${report.server}`;
  if (report.problem !== null) {
    const mend = 'Look whether it runs, and whether REDIS_URL has the right host, port and password.';
    return [problem(subject, `it cannot be used: ${report.problem}`, mend)];
  }
  return [
    versionCheck(subject, report),
    policyCheck(subject, report),
    report.isPersistent === false
      ? warning(
          subject,
          'it does not append its keys to a file',
          'Set appendonly yes: a restart loses the places of buyers in the arrival queue otherwise, and no sale.',
        )
      : ok(subject, 'it takes writes'),
    report.clock === null
      ? unknown(subject, 'its clock is not known', 'Allow its user the command TIME.')
      : checkClock(subject, report.clock),
  ];
}

/** What it said when it was asked. */
const because = ({ infoProblem }: RedisReport): string => (infoProblem === null ? '' : `: ${infoProblem}`);

function versionCheck(subject: string, report: RedisReport): Check {
  const { version } = report;
  if (version === null)
    return unknown(
      subject,
      `it does not tell its version${because(report)}`,
      'Allow its user the command INFO: without it, older data after a restart is not recognised.',
    );
  const oldest = version.startsWith('Valkey') ? oldestValkey : oldestRedis;
  return isAtLeast(version, oldest)
    ? ok(subject, `${version} answers`)
    : problem(subject, `${version} is too old`, 'Use Redis 6.2 or Valkey 7.2, or newer.');
}

function policyCheck(subject: string, report: RedisReport): Check {
  const policy = report.maxmemoryPolicy;
  if (policy === null)
    return unknown(
      subject,
      `it does not tell its maxmemory-policy${because(report)}`,
      'Allow its user the command INFO.',
    );
  return policy === 'noeviction'
    ? ok(subject, 'it drops no keys when its memory is full')
    : warning(
        subject,
        `its maxmemory-policy is ${policy}: it may drop locks and queues`,
        'Set maxmemory-policy noeviction, or give onsale a Redis of its own.',
      );
}
