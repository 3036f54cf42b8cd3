import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../../../dev-servers/servers/postgres.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onsale-postgres-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('what was committed is still there after a stop and a start', async () => {
  const first = await startPostgres({ dataDir: folder });
  await query(first.url, 'create table sold (n int); insert into sold values (42)');
  await first.stop();
  await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

  const second = await startPostgres({ dataDir: folder });
  expect(await query(second.url, 'select n from sold')).toEqual([{ n: 42 }]);
  await second.stop();
});

test('it speaks UTF8 in the C locale, commits to the disk, and listens on loopback alone', async () => {
  const postgres = await startPostgres({ dataDir: folder });
  const settings = await query(
    postgres.url,
    `select name, setting from pg_settings where name in
      ('server_encoding', 'fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories')
      union select 'collation', datcollate from pg_database where datname = current_database() order by name`,
  );
  await postgres.stop();
  expect(settings).toEqual([
    { name: 'collation', setting: 'C' },
    { name: 'fsync', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
});

test('a second start on the folder of a living one is refused, with its pid', async () => {
  const first = await startPostgres({ dataDir: folder });
  await expect(startPostgres({ dataDir: folder })).rejects.toThrow(
    `The data folder ${folder} is in use by process ${process.pid}.`,
  );
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await first.stop();
});

test('an initialisation that was cut off is done again, also below a folder closed to others', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'onsale-postgres-'));
  const dataDir = join(closed, 'postgres');
  await mkdir(join(dataDir, 'data.unfinished'), { recursive: true });
  await writeFile(join(dataDir, 'data.unfinished', 'PG_VERSION'), '18\n');
  const postgres = await startPostgres({ dataDir });
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await postgres.stop();
  expect(await readdir(dataDir)).toEqual(['data', 'password']);
  await rm(closed, { recursive: true });
});

test('a postmaster.pid whose pid belongs to another program by now does not prevent a start', async () => {
  await (await startPostgres({ dataDir: folder })).stop();
  await writeFile(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${join(folder, 'data')}\n`);
  const postgres = await startPostgres({ dataDir: folder });
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await postgres.stop();
});

test('a database is made once', async () => {
  const postgres = await startPostgres({ dataDir: folder });
  const url = await postgres.database('event_store');
  expect(await postgres.database('event_store')).toBe(url);
  expect(await query(url, 'select current_database() as name')).toEqual([{ name: 'event_store' }]);
  await postgres.stop();
});
