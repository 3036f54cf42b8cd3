import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { expect, it } from 'vitest';
import { streamNames } from '../../src/event-store/stream-names.js';
import { concertTerms } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

it('an event of a known type whose data do not fit it stops decisions for its concert, and for no other', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'lock' });
  const [spoilt, other] = [randomUUID(), randomUUID()];
  for (const id of [spoilt, other])
    await side.commands.schedule(concertTerms(id, { capacity: 5, vipSeats: 0 }));
  const unfit = { id: randomUUID(), type: 'CapacityChanged', data: {}, metadata: { schemaVersion: 1 } };
  expect(await side.store.append(spoilt, 0n, [unfit])).toMatchObject({ kind: 'appended' });
  expect(await side.commands.purchase(request(spoilt, 'ann'))).toMatchObject({
    kind: 'unavailable',
    problem: expect.stringContaining('CapacityChanged has a concertId that is not a text'),
  });
  expect((await side.store.readLast(spoilt))?.revision).toBe(1n);
  expect(kindOf(await side.commands.purchase(request(other, 'ann')))).toBe('accepted');
});

it('a log whose beginning was cut off stops decisions for its concert', async () => {
  const namespace = uniqueNamespace();
  const side = await writeSide({ namespace, purchaseMode: 'lock' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 5, vipSeats: 0 }));
  for (const name of ['ann', 'bob']) await side.commands.purchase(request(concertId, name));
  const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
  await client.setStreamMetadata(streamNames(namespace).of(concertId), { truncateBefore: 2 });
  await client.dispose();
  expect(await side.commands.purchase(request(concertId, 'cid'))).toMatchObject({
    kind: 'unavailable',
    problem: expect.stringContaining('revisions 0 to 1 are missing'),
  });
});
