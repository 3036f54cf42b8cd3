import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../../dev-servers/stack.js';
import { builtFile } from '../../../dev-servers/watchdog/built-file.js';
import {
  identityOf,
  isRunning,
  type ProcessIdentity,
} from '../../../dev-servers/watchdog/process-identity.js';
import { startSupervisor } from '../../../dev-servers/watchdog/supervisor.js';
import { until } from '../../../dev-servers/watchdog/until.js';

const OWNER = builtFile('../test/dev-servers/stack/stack-owner.js');
const GONE_WITHIN_MS = 20_000;

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'onsale-stack-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

type Addresses = Omit<Stack, 'stop'>;
interface Owner {
  process: ChildProcessWithoutNullStreams;
  stack: Addresses;
  servers: ProcessIdentity[];
  nextLine(): Promise<string>;
}

async function startOwner(options: StackOptions): Promise<Owner> {
  const child = spawn(process.execPath, [OWNER, JSON.stringify(options)], { detached: true });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  const stack: Addresses = JSON.parse(await nextLine());
  const servers = Object.values(stack.pids).flatMap((pid) => identityOf(pid) ?? []);
  expect(servers).toHaveLength(3);
  return { process: child, stack, servers, nextLine };
}

async function kill(owner: Owner): Promise<void> {
  const gone = once(owner.process, 'exit');
  owner.process.kill('SIGKILL');
  await gone;
}

const allGone = (servers: ProcessIdentity[]) => until(() => !servers.some(isRunning), GONE_WITHIN_MS);

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function withEventStore<T>(url: string, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
}

async function eventTypes(url: string, stream: string): Promise<string[]> {
  return withEventStore(url, async (client) => {
    const types: string[] = [];
    for await (const { event } of client.readStream(stream)) types.push(event?.type ?? '');
    return types;
  });
}

describe('the owner of the stack dies', () => {
  test('its servers stop, the next start on the folder waits for that and finds the data, and is the only one there', async () => {
    const owner = await startOwner({ dataDir });
    await sql(owner.stack.databaseUrl, 'create table sold (n int); insert into sold values (7)');
    await withEventStore(owner.stack.eventStoreUrl, (client) =>
      client.appendToStream('concert-1', jsonEvent({ type: 'TicketReserved', data: {} })),
    );
    await kill(owner);

    const next = await startStack({ dataDir });
    expect(owner.servers.some(isRunning)).toBe(false);
    expect(await sql(next.databaseUrl, 'select n from sold')).toEqual([{ n: 7 }]);
    expect(await eventTypes(next.eventStoreUrl, 'concert-1')).toEqual(['TicketReserved']);
    await expect(startStack({ dataDir })).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${process.pid}. Stop that process, or choose another folder with DATA_DIR.`,
    );
    await next.stop();
  });

  test('with the watchdog killed as well, the next start stops the orphans first', async () => {
    const owner = await startOwner({ dataDir });
    const lock = JSON.parse(readFileSync(join(dataDir, 'onsale.lock'), 'utf8'));
    process.kill(lock.watchdog.pid, 'SIGKILL');
    await kill(owner);
    expect(owner.servers.every(isRunning)).toBe(true);

    const next = await startStack({ dataDir });
    expect(owner.servers.some(isRunning)).toBe(false);
    await next.stop();
  });

  test('a temporary folder goes with the servers', async () => {
    const owner = await startOwner({ dataDir, ephemeral: true });
    const [{ folder }] = (await sql(
      owner.stack.databaseUrl,
      `select current_setting('data_directory') folder`,
    )) as [{ folder: string }];
    expect(folder).toContain(tmpdir());
    expect(folder).not.toContain(dataDir);
    await kill(owner);
    const temporaryFolder = join(folder, '..', '..');
    expect(await until(() => !existsSync(temporaryFolder), GONE_WITHIN_MS)).toBe(true);
    expect(owner.servers.some(isRunning)).toBe(false);
  });
});

test('Ctrl-C reaches the owner alone: the servers work on until it has drained', async () => {
  const owner = await startOwner({ dataDir });
  const groupOfOwner = -Number(owner.process.pid);
  process.kill(groupOfOwner, 'SIGINT');
  expect(await owner.nextLine()).toBe('draining');
  expect(await sql(owner.stack.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await withRedis(owner.stack.redisUrl, (redis) => redis.ping())).toBe('PONG');

  const exit = once(owner.process, 'exit');
  owner.process.stdin.write('drained\n');
  expect(await exit).toEqual([0, null]);
  expect(owner.servers.some(isRunning)).toBe(false);
});

test('when one server does not start, the others are stopped', async () => {
  await rm(join(dataDir, 'redis'), { recursive: true });
  await writeFile(join(dataDir, 'redis'), 'in the way');
  await expect(startStack({ dataDir })).rejects.toThrow('EEXIST');
  expect(await readdir(dataDir)).not.toContain('onsale.lock');
  expect(await readdir(join(dataDir, 'postgres', 'data'))).not.toContain('postmaster.pid');
  await rm(join(dataDir, 'redis'));
});

test('a server that is given is used, and none is started for it', async () => {
  const given = { eventStoreUrl: 'esdb://example.test:2113', databaseUrl: 'postgres://example.test/onsale' };
  const stack = await startStack({ dataDir, ...given });
  expect(stack).toMatchObject(given);
  expect(Object.keys(stack.pids)).toEqual(['redis']);
  await stack.stop();

  const redisUrl = 'redis://example.test:6379';
  const all = await startStack({ dataDir, ...given, redisUrl });
  expect(all).toMatchObject({ ...given, redisUrl, pids: {} });
  await all.stop();
});

describe('of a running stack', () => {
  const words: string[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ ephemeral: true, logError: (line) => words.push(line) });
  });
  afterAll(() => stack.stop());

  test('no command line shows the password of Postgres, as everybody on the machine can read it', async () => {
    const { password } = new URL(stack.databaseUrl);
    expect(password).not.toBe('');
    const commandLines = Object.values(stack.pids).map((pid) =>
      execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }),
    );
    expect(commandLines).toHaveLength(3);
    expect(commandLines.join('')).not.toContain(password);
  });

  const reported = (what: string) =>
    until(
      () => words.some((line) => line.startsWith(what) && line.includes('started again')),
      GONE_WITHIN_MS,
    );
  const answers = (question: () => Promise<unknown>) =>
    until(() => question().then(...yesOrNo), GONE_WITHIN_MS);
  const yesOrNo = [() => true, () => false] as const;

  test('Redis, killed, is back on its port with its data, and what happened is told', async () => {
    await withRedis(stack.redisUrl, (redis) => redis.set('stock', '1000'));
    const { redis: first } = stack.pids;
    process.kill(Number(first), 'SIGKILL');
    expect(await answers(() => withRedis(stack.redisUrl, (redis) => redis.ping()))).toBe(true);
    expect(stack.pids.redis).not.toBe(first);
    expect(await reported('Redis ended with SIGKILL.\n')).toBe(true);
  });

  test('one backend of Postgres, killed, costs nobody more than a new connection', async () => {
    const append = () =>
      withEventStore(stack.eventStoreUrl, (client) =>
        client.appendToStream('concert-1', jsonEvent({ type: 'TicketReserved', data: {} })),
      );
    await append();
    const [{ pid }] = (await sql(
      stack.databaseUrl,
      `select pid from pg_stat_activity where application_name = 'event-store' limit 1`,
    )) as [{ pid: number }];
    process.kill(pid, 'SIGKILL');
    expect(await answers(append)).toBe(true);
    expect(await answers(() => sql(stack.databaseUrl, 'select 1'))).toBe(true);
    expect(await reported('The event store ended with')).toBe(true);
  });

  test('all of Postgres, killed, is back, and the event store with it', async () => {
    process.kill(Number(stack.pids.postgres), 'SIGKILL');
    expect(await reported('Postgres ended with SIGKILL.')).toBe(true);
    expect(await answers(() => eventTypes(stack.eventStoreUrl, 'concert-1'))).toBe(true);
    expect(await eventTypes(stack.eventStoreUrl, 'concert-1')).toContain('TicketReserved');
  });
});

test('a server that dies again and again is started again after longer and longer pauses', async () => {
  const words: string[] = [];
  const supervisor = await startSupervisor({
    folder: join(dataDir, 'frail'),
    logError: (line) => words.push(line),
  });
  const program = {
    name: 'A frail one',
    command: 'sh',
    args: ['-c', 'echo ready; echo broken >&2; exit 3'],
    stopSignal: 'SIGTERM' as const,
  };
  const server = await supervisor.startServer(program, /^ready$/);
  expect(await until(() => words.length === 3, GONE_WITHIN_MS)).toBe(true);
  expect(words[0]).toMatch(/^A frail one ended with 3\.[\s\S]*broken/);
  expect(words.map((line) => /again in (\d+) ms/.exec(line)?.[1])).toEqual(['250', '500', '1000']);
  await server.stop();
  await supervisor.stop();
});

describe('the servers are ended', () => {
  test.each([true, false])(
    'when the owner dies after its data folder was removed, heard: %s',
    async (heard) => {
      const folder = await mkdtemp(join(tmpdir(), 'onsale-removed-'));
      const owner = await startOwner({ dataDir: folder });
      // The watchdog has something to complain of, and the pipe that it would complain to is gone.
      if (!heard) owner.process.stderr.destroy();
      const { watchdog } = JSON.parse(readFileSync(join(folder, 'onsale.lock'), 'utf8'));
      await rm(folder, { recursive: true });
      process.kill(Number(owner.stack.pids.eventStore), 'SIGKILL');
      await kill(owner);
      expect(await allGone([...owner.servers, watchdog])).toBe(true);
      expect(existsSync(folder)).toBe(false);
    },
  );

  test('by the stop of their owner, when their watchdog was killed', async () => {
    const words: string[] = [];
    const stack = await startStack({ dataDir, logError: (line) => words.push(line) });
    const servers = Object.values(stack.pids).flatMap((pid) => identityOf(pid) ?? []);
    const { watchdog } = JSON.parse(readFileSync(join(dataDir, 'onsale.lock'), 'utf8'));
    process.kill(watchdog.pid, 'SIGKILL');
    expect(await until(() => words.length > 0, GONE_WITHIN_MS)).toBe(true);
    expect(words).toEqual([expect.stringContaining('The watchdog ended with SIGKILL')]);
    expect(servers.every(isRunning)).toBe(true);
    await stack.stop();
    expect(servers.some(isRunning)).toBe(false);
    expect(existsSync(join(dataDir, 'onsale.lock'))).toBe(false);
  });
});
