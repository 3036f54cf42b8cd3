import { randomUUID } from 'node:crypto';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Metadata, Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { scheduled } from '../domain/concert-events.js';
import { openEventStore } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

/** A follower that has nothing yet: it sends on who wants the leader, as a node of a cluster does, and answers the others. */
async function startFollower(leader: { host: string; port: string }): Promise<string> {
  const server = new Server();
  server.addService(
    { read: StreamsService.read },
    {
      read(call: ServerWritableStream<unknown, unknown>) {
        if (call.metadata.get('requires-leader')[0] !== 'true') {
          call.end();
          return;
        }
        const trailers = new Metadata();
        trailers.set('exception', 'not-leader');
        trailers.set('leader-endpoint-host', leader.host);
        trailers.set('leader-endpoint-port', leader.port);
        call.emit('error', { code: status.NOT_FOUND, details: 'Not the leader', metadata: trailers });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return `esdb://127.0.0.1:${port}?tls=false`;
}

it('a concert, and its last event, are read from the leader, whichever node is asked first', async () => {
  const namespace = uniqueNamespace();
  const leader = openEventStore(namespace);
  // Of a cluster, the first: where that is none, it sends on to the leader in turn.
  const [, host = '', port = ''] = /([\w.-]+):(\d+)/.exec(testServers().eventStoreUrl) ?? [];
  const follower = await startFollower({ host, port });
  // A client that was sent to the leader once stays there.
  const [store, other] = [openEventStore(namespace, follower), openEventStore(namespace, follower)];
  onTestFinished(async () => {
    await Promise.all([leader.close(), store.close(), other.close()]);
  });
  const concertId = randomUUID();
  const id = randomUUID();
  await leader.append(concertId, -1n, [{ id, event: scheduled() }]);
  const read = [];
  for await (const page of store.read(concertId, 0n)) read.push(...page);
  expect(read.map((event) => event.id)).toEqual([id]);
  expect((await other.readLast(concertId))?.id).toBe(id);
});
