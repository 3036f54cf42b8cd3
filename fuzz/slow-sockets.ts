import { connect, type Socket } from 'node:net';
import { Client } from './send.js';

export interface SlowReport {
  readonly sockets: number;
  /** How many the service had not closed after `limitMs`. */
  readonly open: number;
  /** When the last one was closed, in ms. */
  readonly lastClosedMs: number;
  /** The latency of other buyers' requests at the 99th percentile, in ms: without and with slow clients. */
  readonly p99: { readonly alone: number; readonly beside: number };
}

/** A byte a second. */
const everyMs = 1_000;
const limitMs = 15_000;

/** What slow clients send first: headers without an end, or headers and the beginning of a body, which go on byte by byte. */
function openings(concertId: string): readonly string[] {
  const head = `POST /concerts/${concertId}/purchases HTTP/1.1\r\nHost: slow\r\n`;
  const body = 'Content-Type: application/json\r\nIdempotency-Key: slow\r\n';
  return [
    `${head}X-Slow: `,
    `${head}${body}Content-Length: 10000\r\n\r\n{`,
    `${head}${body}Transfer-Encoding: chunked\r\n\r\n2710\r\n{`,
    `POST /nowhere HTTP/1.1\r\nHost: slow\r\nContent-Length: 10000\r\n\r\n`,
    '',
  ];
}

/** Opens slow connections, half of which never close their own side, and buys meanwhile by others. */
export async function besideSlowClients(
  url: string,
  concertId: string,
  sockets: number,
): Promise<SlowReport> {
  const { hostname, port } = new URL(url);
  const alone = await latencies(url, concertId, () => false);
  const started = performance.now();
  const closedAt: number[] = [];
  const open: Socket[] = [];
  const first = openings(concertId);
  for (let i = 0; i < sockets; i++) {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: i % 2 === 0 });
    socket.on('error', () => {});
    socket.on('close', () => closedAt.push(performance.now() - started));
    socket.resume();
    socket.write(first[i % first.length] ?? '');
    open.push(socket);
  }
  const trickle = setInterval(() => {
    for (const socket of open) if (socket.writable) socket.write('a');
  }, everyMs);
  const beside = await latencies(url, concertId, () => performance.now() - started >= limitMs);
  clearInterval(trickle);
  const report = {
    ...{ sockets, open: sockets - closedAt.length, lastClosedMs: Math.round(Math.max(0, ...closedAt)) },
    p99: { alone: p99(alone), beside: p99(beside) },
  };
  for (const socket of open) socket.destroy();
  return report;
}

/** Buyers, one request after the other, at a pace that an idle machine does not feel. */
async function latencies(url: string, concertId: string, isOver: () => boolean): Promise<readonly number[]> {
  const client = new Client(url, 8);
  const taken: number[] = [];
  for (let i = 0; i < mostSamples && (i < fewestSamples || !isOver()); i++) {
    const key = `beside-${process.pid}-${performance.now()}-${i}`;
    const body = Buffer.from(JSON.stringify({ customerId: key, quantity: 1 }));
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const sentAt = performance.now();
    await client.send({ method: 'POST', target: `/concerts/${concertId}/purchases`, headers, body });
    taken.push(performance.now() - sentAt);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  client.close();
  return taken;
}

const fewestSamples = 600;
const mostSamples = 3_000;

const p99 = (values: readonly number[]): number =>
  Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0) * 10) / 10;
