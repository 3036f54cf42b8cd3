import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Relay } from '../../torture/cluster/relay.js';
import { until } from '../support/until.js';

let server: Server;
let relay: Relay;
/** What the server got, of all connections. */
let got: string;
const taken: Socket[] = [];
const sockets: Socket[] = [];

/** A server that answers each text with the same text in capitals. */
beforeEach(async () => {
  got = '';
  server = createServer((socket) => {
    taken.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      got += chunk;
      socket.write(String(chunk).toUpperCase());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay = await Relay.open('127.0.0.1', (server.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const socket of [...sockets.splice(0), ...taken.splice(0)]) socket.destroy();
  await relay.close();
  server.close();
});

async function client() {
  const socket = connect(relay.port, '127.0.0.1');
  sockets.push(socket);
  const told = { text: '', isClosed: false };
  socket.on('error', () => {});
  socket.on('close', () => {
    told.isClosed = true;
  });
  socket.on('data', (chunk) => {
    told.text += chunk;
  });
  await once(socket, 'connect');
  return { socket, told };
}

const answered = (told: { text: string }, text: string) => until(() => told.text === text, text);

test('passes bytes in both directions', async () => {
  const { socket, told } = await client();
  socket.write('a');
  await answered(told, 'A');
});

test('a cut path ends connections and refuses new ones until it is healed', async () => {
  const { told } = await client();
  relay.cut();
  await until(() => told.isClosed, 'the end of the connection');
  const refused = await client();
  await until(() => refused.told.isClosed, 'the refusal');
  relay.heal();
  const { socket, told: later } = await client();
  socket.write('b');
  await answered(later, 'B');
});

test('a path that is silent to the client delivers late, and in order', async () => {
  const { socket, told } = await client();
  relay.silence('to client');
  socket.write('a');
  await until(() => got === 'a', 'the request to arrive');
  socket.write('b');
  await until(() => got === 'ab', 'the second request to arrive');
  expect(told.text).toBe('');
  relay.heal();
  await answered(told, 'AB');
});

test('a path that is silent to the server delivers late what a client sent that has gone', async () => {
  const { socket } = await client();
  await until(() => taken.length === 1, 'the connection');
  relay.silence('to server');
  socket.end('a');
  await once(socket, 'finish');
  expect(got).toBe('');
  relay.heal();
  await until(() => got === 'a', 'what was held back');
});

test('a slow path delivers everything in order', async () => {
  const { socket, told } = await client();
  relay.slow('both', 30);
  for (const letter of 'abcdefgh') socket.write(letter);
  await answered(told, 'ABCDEFGH');
});

test('a path that drops answers carries requests, and is cut when it is healed', async () => {
  const { socket, told } = await client();
  relay.dropAnswers();
  socket.write('a');
  await until(() => got === 'a', 'the request to arrive');
  const { socket: other, told: toldOther } = await client();
  relay.heal();
  await until(() => told.isClosed, 'the end of the damaged connection');
  expect(told.text).toBe('');
  other.write('b');
  await answered(toldOther, 'B');
});
