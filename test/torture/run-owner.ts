/** A run with a process, a process that is stopped, and a mount if it may: for tests that end it. Prints what it has as a line of JSON. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Caretaker } from '../../torture/cleanup/caretaker.js';
import { SmallDisk } from '../../torture/cluster/small-disk.js';

const caretaker = await Caretaker.start();
const { folder } = caretaker;
const disk = SmallDisk.open(join(folder, 'disk'), caretaker);
const children = [1, 2].map(() => spawn('sleep', ['1000'], { stdio: 'ignore' }));
for (const child of children) caretaker.watch(child, 'SIGTERM');
children[1]?.kill('SIGSTOP');
console.log(JSON.stringify({ folder, isMounted: disk.isOwn, pids: children.map(({ pid }) => pid) }));
