import type { PurchaseRequest } from '../../src/commands/commands.js';
import type { ClaimRequest, ConfirmRequest } from '../../src/commands/holds/hold-commands.js';
import type { CancelOutcome, PurchaseOutcome, RetryLater } from '../../src/commands/outcome.js';
import type { ConfirmResult } from '../../src/domain/holds/confirm-hold.js';
import type { HoldResult } from '../../src/domain/holds/hold-tickets.js';
import type { IdentifiedEvent } from '../../src/domain/ids.js';
import type { ExpectedRevision } from '../../src/domain/log/append.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { ArrivalQueue } from '../../src/redis/queue/arrival-queue.js';
import { openWriteSide, type Parts, type WriteSide, type WriteSideOptions } from '../support/services.js';

/**
 * The write side in a process of its own, driven over IPC, which can be told to stop or die at a chosen point. It may be opened
 * again for another sale when it is closed, as starting a process takes longer than most sales.
 */

export type FaultPoint =
  | 'after-claim'
  | 'after-lock'
  /** With entries of the queue in hand. */
  | 'after-read'
  | 'before-append'
  | 'after-append'
  | 'before-answer'
  /** Before an answer that refuses a purchase of another process: only the queue can carry it to the next owner. */
  | 'before-refusal'
  | 'after-answer';

export interface Fault {
  readonly at: FaultPoint;
  /** Which time the process comes by there, from 1. */
  readonly time: number;
  readonly signal: 'SIGSTOP' | 'SIGKILL';
}

export interface SellerSetup extends Omit<WriteSideOptions, 'parts' | 'clock'> {
  readonly fault?: Fault;
}

export type ToSeller =
  | { readonly kind: 'open'; readonly setup: SellerSetup }
  | { readonly kind: 'purchase'; readonly id: number; readonly request: PurchaseRequest }
  | { readonly kind: 'cancel'; readonly id: number; readonly concertId: string; readonly purchaseId: string }
  | { readonly kind: 'hold'; readonly id: number; readonly request: ClaimRequest }
  | { readonly kind: 'confirm'; readonly id: number; readonly request: ConfirmRequest }
  | { readonly kind: 'close' };

export type FromSeller =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: PurchaseOutcome }
  | { readonly kind: 'cancelled'; readonly id: number; readonly outcome: CancelOutcome }
  | { readonly kind: 'held'; readonly id: number; readonly outcome: HoldResult | RetryLater }
  | { readonly kind: 'confirmed'; readonly id: number; readonly outcome: ConfirmResult | RetryLater }
  | { readonly kind: 'closed' };

const tell = (message: FromSeller): void => void process.send?.(message);

/** Stops or kills this very process when it comes by `point` for the chosen time. */
function faultAt(fault: Fault | undefined): (point: FaultPoint) => void {
  let times = 0;
  return (point) => {
    if (fault?.at !== point || ++times !== fault.time) return;
    process.kill(process.pid, fault.signal);
  };
}

function faultyQueue(pass: (point: FaultPoint) => void): Parts['ArrivalQueue'] {
  return class extends ArrivalQueue {
    override async claim(...args: Parameters<ArrivalQueue['claim']>) {
      const isOurs = await super.claim(...args);
      if (isOurs) pass('after-claim');
      return isOurs;
    }
    override async read(...args: Parameters<ArrivalQueue['read']>) {
      const read = await super.read(...args);
      if (read.kind === 'entries') pass('after-read');
      return read;
    }
    override async answer(...args: Parameters<ArrivalQueue['answer']>) {
      pass('before-answer');
      const [, , answers] = args;
      if (answers.some(({ keep, replyTo }) => keep && replyTo !== this.processId)) pass('before-refusal');
      const done = await super.answer(...args);
      pass('after-answer');
      return done;
    }
  };
}

function faultyParts(pass: (point: FaultPoint) => void): Parts {
  return {
    EventStore: class extends EventStore {
      override async append(
        concertId: string,
        expected: ExpectedRevision,
        events: readonly IdentifiedEvent[],
      ) {
        pass('before-append');
        const result = await super.append(concertId, expected, events);
        pass('after-append');
        return result;
      }
    },
    ConcertLock: class extends ConcertLock {
      override async acquire(concertId: string, waitMs: number, longestLeaseMs?: number) {
        const result = await super.acquire(concertId, waitMs, longestLeaseMs);
        if (result.kind === 'held') pass('after-lock');
        return result;
      }
    },
    ArrivalQueue: faultyQueue(pass),
  };
}

let open: WriteSide | null = null;

process.on('message', (message: ToSeller) => void handle(message));
process.on('disconnect', () => process.exit());

async function handle(message: ToSeller): Promise<void> {
  if (message.kind === 'open') {
    const { fault, ...options } = message.setup;
    open = await openWriteSide({ ...options, parts: faultyParts(faultAt(fault)) });
    tell({ kind: 'ready' });
    return;
  }
  if (open === null) throw new Error('not open');
  const side = open;
  if (message.kind === 'purchase') {
    const arrivedAt = new Date().toISOString();
    tell({
      kind: 'answer',
      id: message.id,
      outcome: await side.commands.purchase({ ...message.request, arrivedAt }),
    });
  } else if (message.kind === 'hold') {
    const arrivedAt = new Date().toISOString();
    const outcome = await side.commands.holds.hold({ ...message.request, arrivedAt });
    tell({ kind: 'held', id: message.id, outcome });
  } else if (message.kind === 'confirm') {
    const arrivedAt = new Date().toISOString();
    const outcome = await side.commands.holds.confirm({ ...message.request, arrivedAt });
    tell({ kind: 'confirmed', id: message.id, outcome });
  } else if (message.kind === 'cancel') {
    const outcome = await side.commands.cancelPurchase(message.concertId, message.purchaseId);
    tell({ kind: 'cancelled', id: message.id, outcome });
  } else {
    open = null;
    await side.close();
    tell({ kind: 'closed' });
  }
}
