import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { scheduled } from '../domain/concert-events.js';
import { openEventStore } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { startRefusingServer } from './refusing-server.js';

/** Where KurrentDB differs from EventStoreDB 23.10, whose behaviour the stand-in has. */

const atEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

function open(url: string) {
  const store = openEventStore(uniqueNamespace(), url);
  atEnd.push(() => store.close());
  return store;
}

it.each([
  ['a batch append', true],
  ['a single append', false],
])(
  'an event over the limit of the server is refused for good at the first answer: %s',
  async (_, batches) => {
    const server = await startRefusingServer(batches);
    atEnd.push(server.stop);
    const event = { id: '3d0b2c27-2f9c-4c35-8d6b-9f1b2a7c6e10', event: scheduled() };
    expect(await open(server.url).append('rock', -1n, [event])).toMatchObject({
      kind: 'rejected',
      tooLarge: true,
    });
    expect(server.appends()).toBe(1);
  },
);

it('no call offers the server to compress its answer', async () => {
  const server = createServer();
  atEnd.push(() => server.close());
  const called = new Promise<IncomingHttpHeaders>((resolve) =>
    server.on('stream', (stream, headers) => {
      stream.close();
      resolve(headers);
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const store = open(`esdb://127.0.0.1:${port}?tls=false`);
  const read = store.readLast('rock').catch(() => {});
  expect((await called)['grpc-accept-encoding']).toBe('identity');
  await store.close();
  await read;
});
