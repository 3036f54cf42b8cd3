import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { uniqueNamespace } from '../support/stack.js';
import { openCommandLine } from './command-line.js';

const onsale = openCommandLine(uniqueNamespace());

test('on servers that answer nothing is wrong, however often it looks', async () => {
  for (let i = 0; i < 2; i++) {
    const { code, out } = await onsale(['doctor', '--json'], { PORT: '0' });
    const checks = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const wrong = checks.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'warning');
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    for (const says of [
      /^version .* answers$/,
      /takes appends/,
      /schema .* can be made/,
      /(Redis|Valkey) .* answers/,
    ])
      expect(checks).toContainEqual(
        expect.objectContaining({ verdict: 'ok', says: expect.stringMatching(says) }),
      );
  }
});

test('each server that does not answer is a problem, with what to look at', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { code, out } = await onsale(['doctor'], {
    REDIS_URL: `redis://:secret@127.0.0.1:${port}`,
    DATABASE_URL: 'postgres://ada:secret@127.0.0.1:1/x',
    EVENTSTORE_URL: 'esdb://ada:secret@127.0.0.1:1?tls=false',
  });
  silent.close();
  expect(code).toBe(1);
  for (const words of [
    /problem +event store: /,
    /problem +Postgres: /,
    /problem +Redis 127\.0\.0\.1:\d+: /,
    /3 problems/,
  ])
    expect(out).toMatch(words);
  expect(out).not.toContain('secret');
});
