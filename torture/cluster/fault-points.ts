import { OwnerLease } from '../../src/commands/ownership/lease.js';
import { EventStore } from '../../src/event-store/event-store.js';

/** Points at which a process can be made to die or to stop. They exist in torture alone: nothing of `src` knows them. */
export type FaultPoint = 'after-lease' | 'before-append' | 'after-append' | 'before-release';

export interface Arm {
  readonly point: FaultPoint | null;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** Sets the points on the classes of this process, and arms them as its parent says. */
export function setFaultPoints(): void {
  let armed: Arm = { point: null, signal: 'SIGKILL' };
  const pass = (point: FaultPoint) => {
    if (armed.point !== point) return;
    armed = { ...armed, point: null };
    process.kill(process.pid, armed.signal);
  };
  process.on('message', (message: Arm) => {
    armed = message;
  });
  // The channel alone does not keep a process that has stopped serving.
  process.channel?.unref();

  const { append } = EventStore.prototype;
  EventStore.prototype.append = async function (...args) {
    pass('before-append');
    const result = await append.apply(this, args);
    pass('after-append');
    return result;
  };
  const { takeLock, yieldLock } = OwnerLease.prototype;
  OwnerLease.prototype.takeLock = async function (...args) {
    const state = await takeLock.apply(this, args);
    if (state === 'acquired') pass('after-lease');
    return state;
  };
  OwnerLease.prototype.yieldLock = async function () {
    pass('before-release');
    await yieldLock.apply(this);
  };
}
