import { once } from 'node:events';
import { connect } from 'node:http2';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, status } from '@grpc/grpc-js';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { collect, idsOf, newStream, noted, ofUsers, rejection } from './support/events.js';
import { residentMiB, startStoreProcess } from './support/process.js';
import { batchRequest, identifier, rawClient, subscriptionRequest } from './support/raw.js';
import { openTestStore, startTestStore } from './support/store.js';

const { postgres, store, client } = await openTestStore();

describe('a client', () => {
  test('connects to one host, and by discovery', async () => {
    const discover = store.server.connectionString.replace('esdb:', 'esdb+discover:');
    const several = store.server.connectionString.replace('?', ',127.0.0.1:1?');
    for (const connectionString of [store.server.connectionString, discover, several]) {
      const connected = EventStoreDBClient.connectionString(connectionString);
      const stream = newStream();
      const events = noted(2);
      await connected.appendToStream(stream, events);
      expect(idsOf(await collect(connected.readStream(stream)))).toEqual(events.map(({ id }) => id));
      await connected.dispose();
    }
  });

  test('is refused in words what the server has not', async () => {
    const stream = newStream();
    await client.appendToStream(stream, noted(1));
    const refused: Promise<unknown>[] = [
      client.enableProjection('$by_category'),
      client.listProjections(),
      client.deletePersistentSubscriptionToStream(stream, 'group'),
      collect(client.subscribeToPersistentSubscriptionToStream(stream, 'group')),
    ].map((refusal) => rejection(refusal));
    for (const refusal of refused) {
      const error = await refusal;
      expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
      expect(String(error)).toContain('The server does not implement the method /event_store.client.');
    }
    expect(await rejection(client.createPersistentSubscriptionToAll('group', {} as never))).toMatchObject({
      type: 'unsupported',
    });
  });

  test('may leave reads and subscriptions at any time', async () => {
    await client.appendToStream(newStream(), noted(2_000));
    for (let round = 0; round < 10; round++) {
      const leaving = store.connect();
      const subscriptions = Array.from({ length: 10 }, () => leaving.subscribeToAll());
      await Promise.all(subscriptions.map((subscription) => collect(subscription, 1 + round * 3)));
      await collect(leaving.readAll(), 10);
      await leaving.dispose();
    }
    expect((await client.appendToStream(newStream(), noted(1))).success).toBe(true);
  });

  test('that drops its connection with appends in flight takes nothing down', async () => {
    for (let round = 0; round < 5; round++) {
      const session = connect(`http://127.0.0.1:${store.server.port}`);
      await once(session, 'connect');
      for (const method of ['BatchAppend', 'Append', 'Read']) {
        const call = session.request({
          ':method': 'POST',
          ':path': `/event_store.client.streams.Streams/${method}`,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        call.on('error', () => {});
        const message = Buffer.from(
          (method === 'Read' ? subscriptionRequest() : batchRequest(newStream(), {})).serializeBinary(),
        );
        const frame = Buffer.alloc(5);
        frame.writeUInt32BE(message.length, 1);
        call.write(Buffer.concat([frame, message]));
      }
      session.on('error', () => {});
      await new Promise((resolve) => session.ping(resolve));
      session.destroy();
    }
    expect((await client.appendToStream(newStream(), noted(1))).success).toBe(true);
  });
});

describe('the protocol', () => {
  const batch = async (request: streams.BatchAppendReq): Promise<streams.BatchAppendResp> => {
    const raw = rawClient(store.server.port);
    const call = raw.batchAppend();
    call.write(request);
    const [response] = await once(call, 'data');
    call.end();
    await once(call, 'end');
    raw.close();
    return response;
  };

  test('answers a batch under its correlation id, with its stream', async () => {
    const id = new shared.UUID().setString('3f0c3b6e-9d0e-4a65-8f0a-1f1f2a4a9b55');
    const response = await batch(batchRequest('raw-1', { id }));
    expect(response.getCorrelationId()?.getString()).toBe(id.getString());
    expect(Buffer.from(response.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe('raw-1');
    expect(response.getSuccess()?.getCurrentRevision()).toBe('0');
  });

  test.each([
    ['a past deadline', { deadline: new Date(0) }, 'Timeout', 4],
    ['no content type', { metadata: { type: 'Noted' } }, 'BadRequest', 3],
    ['a revision out of range', { expected: '9223372036854775808' }, 'BadRequest', 3],
    ['a wrong revision', { expected: '7' }, 'WrongExpectedVersion', 6],
  ])('answers a batch with %s by a status', async (_, parts, type, code) => {
    const error = (await batch(batchRequest(newStream(), parts))).getError();
    expect(error?.getCode()).toBe(code);
    expect(error?.getMessage()).toBe(type);
    expect(error?.getDetails()?.getTypeName()).toBe(`event_store.client.${type}`);
  });

  test('takes the largest revision for no stream', async () => {
    const stream = newStream();
    const request = { expected: '18446744073709551615' };
    expect((await batch(batchRequest(stream, request))).hasSuccess()).toBe(true);
    expect((await batch(batchRequest(stream, request))).getError()?.getMessage()).toBe(
      'WrongExpectedVersion',
    );
  });

  test('names the missing property of an appended event in trailers', async () => {
    const raw = rawClient(store.server.port);
    const refused = new Promise<unknown>((resolve) => {
      const call = raw.append(resolve);
      const options = new streams.AppendReq.Options().setStreamIdentifier(identifier('raw-2'));
      call.write(new streams.AppendReq().setOptions(options.setAny(new shared.Empty())));
      const message = new streams.AppendReq.ProposedMessage();
      message.getMetadataMap().set('type', 'Noted');
      call.write(new streams.AppendReq().setProposedMessage(message));
      call.end();
    });
    const error = (await refused) as { code: number; metadata: Metadata };
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.getMap()).toMatchObject({
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': 'type,content-type',
    });
    raw.close();
  });

  test('ends a call at its deadline', async () => {
    const raw = rawClient(store.server.port);
    const call = raw.read(subscriptionRequest(), new Metadata(), { deadline: Date.now() + 200 });
    call.resume();
    const [error] = await once(call, 'error');
    expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    raw.close();
  });

  test('sends ids in halves to those who ask for them so', async () => {
    const [event] = noted(1);
    const alone = await startTestStore({ postgresUrl: await postgres.database() });
    await alone.connect().appendToStream('one', event === undefined ? [] : [event]);
    const raw = rawClient(alone.server.port);
    const call = raw.read(subscriptionRequest());
    for await (const response of call) {
      if (!(response instanceof streams.ReadResp) || !response.hasEvent()) continue;
      const recorded = response.getEvent()?.getEvent();
      if (recorded?.getMetadataMap().get('type') !== event?.type) continue;
      const id = recorded?.getId()?.getStructured();
      const half = (bits = '') => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
      const hex = half(id?.getMostSignificantBits()) + half(id?.getLeastSignificantBits());
      expect(hex).toBe(event?.id.replaceAll('-', ''));
      break;
    }
    raw.close();
    await alone.stop();
  });
});

describe('the log', () => {
  test('once lost is written to no more, and another server may take it', async () => {
    const url = await postgres.database();
    const losing = await startTestStore({ postgresUrl: url });
    const writer = losing.connect();
    await writer.appendToStream('one', noted(1));
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    await admin.end();
    await losing.server.lost;
    expect(await rejection(writer.appendToStream('one', noted(1)))).toMatchObject({
      code: status.UNAVAILABLE,
    });
    const taking = await startTestStore({ postgresUrl: url });
    const { nextExpectedRevision } = await taking.connect().appendToStream('one', noted(1), {
      expectedRevision: 0n,
    });
    expect(nextExpectedRevision).toBe(1n);
    await losing.stop();
    await taking.stop();
  });
});

/** Without bounds, the server would hold for each subscriber what is written: 16 × 32 MiB. */
test('subscribers that lag cost the server little, and still get everything in order', async () => {
  const store = await startStoreProcess(['--postgres', await postgres.database()]);
  const connect = () => EventStoreDBClient.connectionString(store.connectionString);
  const writer = connect();
  const lagging = Array.from({ length: 16 }, () => connect().subscribeToAll({}, { highWaterMark: 1 }));
  await Promise.all(lagging.map((subscription) => once(subscription, 'confirmation')));
  const before = await residentMiB(store.child.pid);
  const ids: string[] = [];
  for (let mebibyte = 0; mebibyte < 32; mebibyte++) {
    const events = Array.from({ length: 16 }, () =>
      binaryEvent({ type: 'Large', data: new Uint8Array(64 * 1024) }),
    );
    await writer.appendToStream('large', events);
    ids.push(...events.map(({ id }) => id));
  }
  expect((await residentMiB(store.child.pid)) - before).toBeLessThan(256);
  const [first, second, ...others] = lagging;
  if (first === undefined || second === undefined) throw new Error('no subscribers');
  await Promise.all(others.map((subscription) => subscription.unsubscribe()));
  for (const subscription of [first, second])
    expect(idsOf(await collect(ofUsers(subscription), ids.length))).toEqual(ids);
  await store.kill('SIGTERM');
  await writer.dispose();
});
