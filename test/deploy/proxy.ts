import { readFileSync } from 'node:fs';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { type Nginx, startNginx } from '../support/nginx.js';

export const shippedProxy = readFileSync('deploy/nginx.conf', 'utf8');

/** The services that the proxy passes requests on to, as `address:port`. */
export const proxiedAddresses = [...new Set(shippedProxy.match(/\d+\.\d+\.\d+\.\d+:3000/g))];

/** A real nginx with the file as it is shipped, but for shorter times and the ports of services on loopback. */
export async function startProxy(ports: readonly number[]): Promise<{ nginx: Nginx; url: string }> {
  const port = await freePort();
  const rendered = proxiedAddresses
    .reduce((text, address, i) => text.replaceAll(address, `127.0.0.1:${ports[i]}`), shippedProxy)
    .replace(/listen 80 /, `listen 127.0.0.1:${port} `)
    .replace(/proxy_read_timeout 25s/, 'proxy_read_timeout 2s')
    .replaceAll('fail_timeout=5s', 'fail_timeout=2s');
  return { nginx: await startNginx(rendered, port), url: `http://127.0.0.1:${port}` };
}
