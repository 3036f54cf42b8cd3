import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/api/http/server/server.js';
import { readCertificate, watchCertificate } from '../../src/cli/serving/certificate.js';
import { makeCertificate } from '../support/certificate.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { startLogged } from './logged-service.js';
import { environment, startServing } from './running-service.js';

const folder = mkdtempSync(join(tmpdir(), 'onsale-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write({ cert, key }: { cert: string; key: string }, name = `pair-${files++}`) {
  const paths = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  writeFileSync(paths.keyFile, key);
  writeFileSync(paths.certFile, cert);
  return paths;
}

/** The name in the certificate that a new connection gets. */
async function nameAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

const variables = ({ certFile, keyFile }: ReturnType<typeof write>) => ({
  TLS_CERT_FILE: certFile,
  TLS_KEY_FILE: keyFile,
});

async function startTls(cert = makeCertificate('first')) {
  const paths = write(cert);
  const options = { host: '127.0.0.1', port: 0, certificate: readCertificate(paths) };
  const server = await listen((_, response) => void response.end('hello'), options);
  onTestFinished(() => server.stop(0));
  return { server, paths };
}

test('a service with a certificate speaks TLS alone', async () => {
  const pair = makeCertificate('onsale');
  const env = environment(uniqueNamespace(), testServers(), variables(write(pair)));
  const service = await startServing(env, '--workers', '1');
  onTestFinished(async () => void (await service.end('SIGTERM')));
  expect(service.url).toMatch(/^https:/);
  const dispatcher = new Agent({ connect: { ca: pair.cert } });
  onTestFinished(() => dispatcher.close());
  const { statusCode, headers } = await request(`${service.url}/healthz`, { dispatcher });
  expect(statusCode).toBe(200);
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  await expect(fetch(service.url.replace('https:', 'http:'))).rejects.toThrow();
});

test('a renewed certificate is used for new connections, a broken one is not', async () => {
  const { server, paths } = await startTls();
  const warned: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warned.push(line) });
  onTestFinished(watchCertificate(paths, (certificate) => server.renew(certificate), logger, 20));
  expect(await nameAt(server.port)).toBe('first');
  writeFileSync(paths.certFile, 'nonsense');
  await untilAsync(async () => warned.length > 0, 'the broken certificate to be noticed');
  expect(await nameAt(server.port)).toBe('first');
  const { cert, key } = makeCertificate('second');
  writeFileSync(paths.keyFile, key);
  writeFileSync(paths.certFile, cert);
  await untilAsync(async () => (await nameAt(server.port)) === 'second', 'the second certificate');
});

test('a stop waits for no connection that has not agreed on TLS, and for an answer that is due', async () => {
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let answer = () => {};
  const pair = makeCertificate('stop');
  const server = await listen(
    (_, response) => {
      answer = () => response.end('late');
      arrived();
    },
    { host: '127.0.0.1', port: 0, certificate: pair, drainMs: 50 },
  );
  const silent = connectPlain(server.port, '127.0.0.1');
  await once(silent, 'connect');
  silent.on('error', () => {});
  const dispatcher = new Agent({ connect: { ca: pair.cert } });
  onTestFinished(() => dispatcher.close());
  const reply = request(server.url, { dispatcher });
  await asked;
  const closed = once(silent, 'close');
  const stopped = server.stop(60_000);
  await closed;
  answer();
  expect(await (await reply).body.text()).toBe('late');
  await stopped;
});

const one = makeCertificate('one');

test.each([
  [
    'that is not there',
    { certFile: '/nowhere.crt', keyFile: '/nowhere.key' },
    'TLS_CERT_FILE is "/nowhere.crt", which cannot be read',
  ],
  [
    'that is of another key',
    write({ cert: one.cert, key: makeCertificate('two').key }),
    'which are no certificate and its key',
  ],
])('a service does not start with a certificate %s', async (_, paths, complaint) => {
  const service = startLogged(environment(uniqueNamespace(), testServers(), variables(paths)));
  expect(await service.closed).toBe(2);
  expect(service.lines).toEqual([{ text: expect.stringContaining(complaint) }]);
});
