import { buy, startProcess } from './support.js';

/** Buys a ticket, prints a line, and stops, which takes a snapshot. */
const [namespace = '', eventStoreUrl = '', databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const side = await startProcess(namespace, { eventStoreUrl, databaseUrl, redisUrl });
await buy(side, 'metal', `buyer-${process.pid}`);
process.stdout.write('bought\n');
await side.close();
process.exit();
