import { sell } from './sale.js';

/** `node dist/examples/payments/main.js [url]`: sells 100 tickets of a running service, whose access is open or given by TOKEN. */
const url = process.argv[2] ?? 'http://localhost:3000';
const { books, reconciled, wrong } = await sell({
  url,
  ...(process.env.TOKEN === undefined ? {} : { token: process.env.TOKEN }),
  ...{ customers: 300, capacity: 100, holdSeconds: 3 },
  faults: { random: Math.random, lost: 0.2, doubled: 0.2, longestDelayMs: 500 },
});
const count = (status: string) => books.payments.filter((payment) => payment.status === status).length;
console.log(`${books.payments.length} payments, ${reconciled} of them settled only by reconciling:`);
console.log(`  ${count('captured')} captured, ${count('voided')} voided, ${count('refunded')} refunded`);
console.log(`  ${count('created')} never made`);
console.log(`${books.liveTickets} tickets sold`);
for (const line of wrong) console.error(`wrong: ${line}`);
console.log(
  wrong.length === 0 ? 'Every captured payment has exactly one ticket.' : 'The books do not agree.',
);
if (wrong.length > 0) process.exitCode = 1;
