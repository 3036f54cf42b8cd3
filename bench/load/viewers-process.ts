import { connect } from 'node:net';

/** A process whose connections watch a concert: opens them, says so when each has had its first message, and reads until it ends. */

const [port = '', path = '', count = ''] = process.argv.slice(2);
const viewers = Number(count);
let watching = 0;

for (let i = 0; i < viewers; i++) {
  const socket = connect(Number(port), '127.0.0.1');
  let isWatching = false;
  socket.on('data', (chunk) => {
    if (isWatching) return;
    // Refused: there is no stream to wait for.
    if (/^HTTP\/1\.1 [^2]/.test(chunk.toString('latin1', 0, 16))) process.exit(1);
    if (!chunk.includes('data: ')) return;
    isWatching = true;
    if (++watching === viewers) process.send?.('watching');
  });
  socket.on('close', () => process.exit(1));
  // Each has an address of their own, where the service counts requests by address.
  const address = `10.200.${i >> 8}.${i & 255}`;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: ${address}\r\n\r\n`);
}

process.on('disconnect', () => process.exit());
