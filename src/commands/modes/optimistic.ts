import { onePerAppend } from '../decide-and-append.js';
import { unguarded } from './batch.js';
import { type LineContext, type LinedUpMode, linedUp } from './concert-queue.js';

/**
 * No lock and no Redis: each purchase is an append of its own at the revision of the state in memory. When another process
 * came first, the log is read on from there and the purchase decided again. Purchases of one process take turns.
 */
export const optimisticMode = (context: LineContext): LinedUpMode =>
  linedUp(context, { limits: onePerAppend, guarded: unguarded, assumesFirst: true });
