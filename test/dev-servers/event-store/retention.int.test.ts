import { randomUUID } from 'node:crypto';
import { BACKWARDS, binaryEvent, END, type EventStoreDBClient, START } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { collect, newStream, noted, revisionsOf } from './support/events.js';
import { openTestStore } from './support/store.js';

/** What is expected here is what a real server (23.10.8) answered to the same calls. */

const { client } = await openTestStore();

async function tenEvents() {
  const stream = newStream();
  await client.appendToStream(stream, noted(10));
  const read = async (options?: Parameters<EventStoreDBClient['readStream']>[1]) =>
    revisionsOf(await collect(client.readStream(stream, options))).map(Number);
  return { stream, read, backwards: () => read({ direction: BACKWARDS, fromRevision: END }) };
}

describe('metadata of a stream', () => {
  test('keeps the last events, by maxCount', async () => {
    const { stream, read, backwards } = await tenEvents();
    await client.setStreamMetadata(stream, { maxCount: 4 });
    expect(await read()).toEqual([6, 7, 8, 9]);
    expect(await read({ fromRevision: 2n, maxCount: 3 })).toEqual([6, 7, 8]);
    expect(await backwards()).toEqual([9, 8, 7, 6]);
    expect(await read({ direction: BACKWARDS, fromRevision: 7n })).toEqual([7, 6]);
    expect(await read({ direction: BACKWARDS, fromRevision: 3n })).toEqual([]);
  });

  test('hides events before truncateBefore, all of them if need be', async () => {
    const { stream, read, backwards } = await tenEvents();
    await client.setStreamMetadata(stream, { truncateBefore: 8 });
    expect(await read()).toEqual([8, 9]);
    expect(await backwards()).toEqual([9, 8]);
    await client.setStreamMetadata(stream, { truncateBefore: 100 });
    expect(await read()).toEqual([]);
    expect(await backwards()).toEqual([]);
  });

  test('hides events older than maxAge', async () => {
    const { stream, read, backwards } = await tenEvents();
    await client.setStreamMetadata(stream, { maxAge: 1 });
    await expect.poll(() => read(), { timeout: 50_000 }).toEqual([]);
    expect(await backwards()).toEqual([]);
  });

  test('holds for subscriptions, not for revisions, and not for $all', async () => {
    const { stream } = await tenEvents();
    await client.setStreamMetadata(stream, { maxCount: 3, truncateBefore: 5 });
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    expect(revisionsOf(await collect(subscription, 3))).toEqual([7n, 8n, 9n]);
    const { nextExpectedRevision } = await client.appendToStream(stream, noted(1), { expectedRevision: 9n });
    expect(nextExpectedRevision).toBe(10n);
    const all = await collect(client.readAll());
    expect(all.filter(({ event }) => event?.streamId === stream)).toHaveLength(11);
  });

  test('is itself kept in its newest version alone, and sets nothing where that is not JSON', async () => {
    const { stream, read } = await tenEvents();
    await client.setStreamMetadata(stream, { maxCount: 5 });
    expect(await read()).toHaveLength(5);
    await client.appendToStream(`$$${stream}`, [
      binaryEvent({ type: '$metadata', data: Buffer.from('{"$maxCount":3}') }),
    ]);
    expect(revisionsOf(await collect(client.readStream(`$$${stream}`)))).toEqual([1n]);
    expect(await read()).toHaveLength(10);
  });
});

describe('links', () => {
  test('are followed when asked for: to their event, to nothing, or shown as they are', async () => {
    const { stream } = await tenEvents();
    const links = newStream();
    const link = (data: string) => binaryEvent({ id: randomUUID(), type: '$>', data: Buffer.from(data) });
    await client.appendToStream(links, [link(`3@${stream}`), link(`77@${stream}`), link('rubbish')]);
    const shown = async (resolveLinkTos: boolean) =>
      (await collect(client.readStream(links, { resolveLinkTos }))).map(({ event, link }) => [
        event && `${event.revision}@${event.streamId}`,
        link && `${link.revision}@${link.streamId}`,
      ]);
    const unfollowed = [0, 1, 2].map((revision) => [`${revision}@${links}`, undefined]);
    expect(await shown(false)).toEqual(unfollowed);
    const followed = [[`3@${stream}`, `0@${links}`], [undefined, `1@${links}`], unfollowed[2]];
    expect(await shown(true)).toEqual(followed);
    const subscription = client.subscribeToStream(links, { fromRevision: START, resolveLinkTos: true });
    expect((await collect(subscription, 3))[0]).toMatchObject({
      event: { streamId: stream, revision: 3n },
      link: { streamId: links, revision: 0n },
    });
  });
});
