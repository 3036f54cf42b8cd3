import { onePerAppend } from '../deciding/decide-and-append.js';
import { unguarded } from './batch.js';
import { type SerialContext, type SerialMode, serialMode } from './concert-queue.js';

/**
 * No lock and no Redis: each purchase is one append, at the revision of the cached state. When another process appended first,
 * the state is refreshed from the log and the purchase decided again. Purchases of one process take turns.
 */
export const optimisticMode = (context: SerialContext): SerialMode =>
  serialMode(context, { limits: onePerAppend, guarded: unguarded, startsFromCache: true });
