/**
 * A process that owns a stack, for tests that kill it. Prints the stack as one line of JSON. On SIGINT it says
 * "draining", then waits for a line on stdin, as a service waits for requests in flight, before it stops the stack.
 */
import { once } from 'node:events';
import { type StackOptions, startStack } from '../../../dev-servers/stack.js';

const options: StackOptions = JSON.parse(process.argv[2] ?? '{}');
const { stop, ...addresses } = await startStack(options);
const interrupted = once(process, 'SIGINT');
console.log(JSON.stringify(addresses));
process.stdin.resume();
await interrupted;
console.log('draining');
await once(process.stdin, 'data');
await stop();
process.exit(0);
