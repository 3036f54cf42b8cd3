import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { Client } from '../../src/cli/demo/client.js';
import { Crowd } from '../../src/cli/demo/crowd.js';
import { uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';
import { environment, startServing } from './running-service.js';

interface LiveMessage {
  readonly sold: number;
  readonly remaining: number;
  readonly revision: string;
}

/** A client that reads the stream of a concert, and what it has seen. */
async function watch(url: string, concertId: string) {
  const { body } = await request(`${url}/concerts/${concertId}/live`);
  const seen = { told: [] as LiveMessage[], ended: false };
  let text = '';
  body.on('data', (chunk) => {
    text += chunk;
    seen.told = [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, data = '']): LiveMessage => JSON.parse(data));
  });
  body.on('error', () => {});
  body.on('close', () => {
    seen.ended = true;
  });
  return seen;
}

test.each(['0', '2'])(
  '--workers %s: viewers see the sale to its last ticket, and do not hold up the stop',
  async (workers) => {
    const service = await startServing(environment(uniqueNamespace()), '--workers', workers);
    onTestFinished(() => void service.process.kill('SIGKILL'));
    const client = new Client(service.url, 16);
    const body = { name: 'The Example', capacity: 80, vipSeats: 3 };
    const concertId = String((await client.api.POST('/concerts', { body })).data?.concertId);
    const viewers = await Promise.all(Array.from({ length: 8 }, () => watch(service.url, concertId)));
    await until(() => viewers.every(({ told }) => told.length > 0), 'the first messages');
    expect(viewers.map(({ told }) => told[0]?.sold)).toEqual(viewers.map(() => 0));
    const sale = { concertId, customers: 100, inFlight: 16, seed: 1, impatient: 0, hangUp: 0, regret: 0 };
    await new Crowd(client, sale).rush();
    await until(() => viewers.every(({ told }) => told.at(-1)?.remaining === 0), 'the last ticket');
    for (const { told } of viewers) {
      const revisions = told.map(({ revision }) => Number(revision));
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    }
    await client.close();
    expect(await service.end('SIGTERM')).toBe(0);
    await until(() => viewers.every(({ ended }) => ended), 'the streams to end');
  },
);
