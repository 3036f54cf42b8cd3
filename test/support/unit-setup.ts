import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

/** Keeps a unit test what its name says: whatever reaches beyond this process throws. */
function refuse(what: string): () => never {
  return () => {
    throw new Error(`a unit test ${what}: make it do without, or end its name in .int.test.ts`);
  };
}

Socket.prototype.connect = refuse('connects to a server');
Server.prototype.listen = refuse('listens on a port');
Object.assign(ChildProcess.prototype, { spawn: refuse('starts a process') });
