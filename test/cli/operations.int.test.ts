import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { openWriteSide } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import type { CommandResult } from './cli-host.js';
import { inOwnProcess, openCommandLine } from './command-line.js';

/** The command line as an operator has it: its answers and its exit code. */

const namespace = uniqueNamespace();
let side: Awaited<ReturnType<typeof openReadSide>>;

const commandLine = openCommandLine(namespace);
const onsale = (...args: string[]) => commandLine(args);

const jsonLines = ({ out }: CommandResult): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  side = await openReadSide(namespace);
  side.runner.start();
  const last = await record(side.store, 'rock', saleOf('rock', 50));
  expect(await new ReadModels(side.database, () => {}).waitFor('rock', last, 20_000)).toBe(true);
});
afterAll(() => side.close());

test('status shows every projection', async () => {
  const { code, out } = await inOwnProcess(namespace, ['projections', 'status']);
  expect(code).toBe(0);
  expect(out).toMatch(/^concerts +active +\d+\/\d+ +0 events/m);
  expect(jsonLines(await onsale('projections', 'status', '--json')).map(({ name }) => name)).toEqual(
    expect.arrayContaining([...projectionNames]),
  );
});

test('a projection is paused and resumed', async () => {
  expect(await onsale('projections', 'pause', 'tickets')).toMatchObject({
    code: 0,
    out: 'Paused tickets.\n',
  });
  expect((await onsale('projections', 'status')).out).toMatch(/^tickets +paused/m);
  expect((await onsale('projections', 'resume', 'tickets')).code).toBe(0);
});

test('tables that differ from the log fail the audit, and are replaced only if accepted', async () => {
  await sql`update tickets set customer_id = 'eve' where number = 3`.execute(side.database.kysely);
  const audit = await inOwnProcess(namespace, ['audit', '--all']);
  expect(audit.code).toBe(1);
  expect(audit.out).toMatch(/customer_id is "eve", by the log "c3"/);
  const refused = await onsale('projections', 'rebuild', 'tickets');
  expect(refused).toEqual({
    code: 1,
    out: expect.stringMatching(/Nothing was swapped/),
    complaint: expect.any(String),
  });
  const healed = await onsale('projections', 'rebuild', 'tickets', '--accept-differences', '--json');
  expect(healed.code).toBe(0);
  expect(jsonLines(healed)).toMatchObject([{ kind: 'done', projections: ['tickets'] }]);
  const [sound] = jsonLines(await onsale('audit', 'rock', '--json'));
  expect(sound).toMatchObject({ concertId: 'rock', sound: true, differences: [] });
});

test('a wrong stock in Redis is corrected by its rebuild', async () => {
  await side.redis.primary.hset(`${side.redis.prefix}stock:rock`, { remaining: '-1', revision: '999999' });
  expect((await onsale('projections', 'rebuild', 'stock-cache')).out).toBe(
    'Republished stock for 1 concert.\n',
  );
  expect(await side.cache.get('rock')).toEqual({ remaining: 5, held: 0, revision: expect.any(BigInt) });
});

test('an audit of several concerts at once reports them in the order of the log, and the failure that ends it', async () => {
  const ids = ['pop', 'jazz', 'soul', 'funk'];
  const models = new ReadModels(side.database, () => {});
  for (const id of ids) {
    const last = await record(side.store, id, saleOf(id, 20));
    expect(await models.waitFor(id, last, 20_000)).toBe(true);
  }
  const { code, out } = await onsale('audit', '--all', '--at-once', '3');
  const sound = [...out.matchAll(/^(\S+) {2}sound/gm)].map(([, id]) => id);
  expect({ code, sound }).toEqual({ code: 0, sound: ['rock', ...ids] });
  const lasts = await Promise.all(sound.map((id = '') => side.store.readLast(id)));
  const events = lasts.reduce((sum, last) => sum + Number(last?.revision ?? 0n) + 1, 0);
  expect(out).toMatch(`${sound.length} concerts audited (${events} events`);
  await sql`alter table tickets rename to mislaid`.execute(side.database.kysely);
  const failed = await onsale('audit', '--all');
  await sql`alter table mislaid rename to tickets`.execute(side.database.kysely);
  const why = expect.stringMatching(/"tickets" does not exist/);
  expect(failed).toEqual({ code: 2, out: why, complaint: why });
  expect(failed.out).toMatch(/I10 UNSEEN/);
});

test('a poison event is reported, and skipped by command', async () => {
  await record(side.store, 'folk', saleOf('folk', 5));
  const last = (await side.store.readLast('folk'))?.revision ?? 0n;
  const poison = { type: 'TicketsGivenAway', data: { number: 1 }, metadata: { schemaVersion: 1 } };
  await side.store.append('folk', last, [{ id: '6a5f2a50-9f0e-4f3b-9f5e-0b7a9e1c2d3f', ...poison }]);
  const parked = () => side.database.kysely.selectFrom('parked').selectAll().execute();
  await expect.poll(parked, { timeout: 50_000 }).toHaveLength(projectionNames.length);
  expect(jsonLines(await onsale('projections', 'parked', '--json'))[0]).toMatchObject({
    concertId: 'folk',
    problem: expect.stringMatching(/unknown event/),
  });
  expect((await onsale('projections', 'status')).code).toBe(1);
  expect(await onsale('projections', 'parked', 'retry', 'stock', 'folk')).toMatchObject({ code: 1 });
  const skip = ['projections', 'parked', 'skip', 'stock', 'folk', '--revision'];
  expect(await onsale(...skip.slice(0, -1))).toMatchObject({ code: 2 });
  expect(await onsale(...skip, `${last}`)).toMatchObject({ code: 2 });
  expect(await onsale(...skip, `${last + 1n}`)).toMatchObject({ code: 0 });
  expect(await onsale(...skip, `${last + 1n}`)).toMatchObject({ code: 0 });
  expect((await onsale('projections', 'parked')).out).toMatch(
    `stock skips revision ${last + 1n} of concert folk`,
  );
  expect(await onsale('audit', 'folk')).toMatchObject({
    code: 1,
    out: expect.stringContaining(`stock skips revision ${last + 1n}`),
  });
  const unskip = ['projections', 'parked', 'unskip', 'stock', 'folk', '--revision', `${last + 1n}`];
  expect(await onsale(...unskip)).toMatchObject({ code: 0 });
  expect(await onsale(...unskip)).toMatchObject({ code: 2 });
});

test.each([
  [['audit', 'nowhere'], /Concert nowhere is neither in the log/],
  [['audit', '--all', '--rows', 'abc'], /expected a whole number/],
  [['audit', '--all', '--at-once', '0'], /expected a whole number from 1 to 99/],
  [['show', 'rock', '--at', 'yesterday'], /give a revision like 120, or a time/],
  [['what-if', 'rock', '--vip', '51'], /more VIP seats than tickets/],
  [['projections', 'pause', 'nothing'], /Allowed choices are concerts/],
  [['export', '--output', 'package.json'], /package.json exists/],
])('an impossible command is refused with a reason and exit code 2: %j', async (args, words) => {
  const { code, out, complaint } = await onsale(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(complaint).toMatch(words);
});

test.each(['nothing', 'nowhere'])(
  'a process that could not do as asked ends with exit code 2: %s',
  async (word) => {
    const args = word === 'nothing' ? ['projections', 'pause', word] : ['audit', word];
    expect(await inOwnProcess(namespace, args)).toMatchObject({
      ...{ code: 2, out: '', complaint: expect.stringContaining(word) },
    });
  },
);

test('the story of a customer is printed, with a note that refusals are not in it', async () => {
  const { code, out } = await onsale('history', 'customer', 'c10');
  expect(code).toBe(0);
  expect(out).toMatch(/c10 bought ticket 10 \(seat VIP-10\).*\n.*c10's purchase .* was cancelled/);
  expect(out).toMatch(/Refusals are not/);
});

test('a sale under other rules, and a concert as it was, are shown', async () => {
  expect((await onsale('what-if', 'rock', '--vip', '12')).out).toMatch(/VIP seats taken at the end +10 +12/);
  const [shown = {}] = jsonLines(await onsale('show', 'rock', '--at', '2', '--json'));
  expect(shown).toMatchObject({ revision: '2', sold: 1, vipRemaining: 9, freedVipSeats: [] });
  expect(shown).not.toHaveProperty('sharedPurchases');
});

test('snapshots are listed, and dropped', async () => {
  expect(await onsale('snapshots')).toMatchObject({ code: 0, out: 'There are no snapshots.\n' });
  const tables = new SnapshotTables(side.database);
  for (const concertId of ['one', 'two']) {
    const state = fold(emptyConcert(concertId), saleOf(concertId, 5));
    await tables.take(state, 'an event', null, new AbortController().signal);
  }
  expect((await onsale('snapshots')).out).toMatch(/^two +\d+ +\d{4}-\S+Z +\d+$/m);
  expect(jsonLines(await onsale('snapshots', 'list', '--json')).map(({ concertId }) => concertId)).toEqual([
    'one',
    'two',
  ]);
  expect((await onsale('snapshots', 'drop')).code).toBe(2);
  expect(await onsale('snapshots', 'drop', 'one')).toMatchObject({ code: 0, out: '1 snapshot dropped.\n' });
  expect((await onsale('snapshots', 'drop', '--all', '--json')).out).toBe('{"dropped":1}\n');
  expect(await tables.list()).toEqual([]);
});

test('the owner of a concert is listed, until it releases the concert', async () => {
  expect((await onsale('owners')).out).toMatch(/^No concert has an owner/);
  const seller = await openWriteSide({ namespace, purchaseMode: 'batch' });
  const purchase = { concertId: 'rock', customerId: 'ann', quantity: 1, idempotencyKey: 'one more' };
  await seller.commands.purchase({ ...purchase, arrivedAt: new Date().toISOString() });
  const lock = await seller.lock.acquire('rock', 10_000); // An owner whose lock is wanted keeps its claim.
  const waiting = seller.commands.purchase({
    ...{ ...purchase, customerId: 'bob', idempotencyKey: 'and another' },
    arrivedAt: new Date().toISOString(),
  });
  const [owned] = jsonLines(await onsale('owners', '--json'));
  expect(owned).toMatchObject({ concertId: 'rock', process: seller.queue.processId, waiting: 0 });
  expect((await onsale('owners')).out).toMatch(/^rock +\S+:\d+:\w+ +\d{4}-\S+Z +0$/m);
  if (lock.kind === 'held') await lock.lock.release();
  await waiting;
  await seller.close();
  expect((await onsale('owners')).out).toMatch(/^No concert has an owner/);
});
