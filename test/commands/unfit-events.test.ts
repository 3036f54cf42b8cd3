import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { concertTerms } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
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
