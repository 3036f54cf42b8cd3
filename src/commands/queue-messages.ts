import type { Purchase } from '../domain/concert.js';
import type { PurchaseRefusal } from '../domain/purchase.js';
import type { PurchaseRequest } from './commands.js';
import type { FinalOutcome } from './purchase-task.js';

/** What a purchase in line carries, and what comes back: JSON between processes of the same version. */
export interface QueuedPurchase extends Omit<PurchaseRequest, 'waitMs'> {
  readonly replyTo: string;
  readonly token: string;
}

export const writeEntry = (queued: QueuedPurchase): string => JSON.stringify(queued);

export const readEntry = (entry: string): QueuedPurchase => JSON.parse(entry) as QueuedPurchase;

/** Revisions travel as text. */
type WrittenPurchase = Omit<Purchase, 'revision' | 'lastRevision'> & {
  readonly revision: string;
  readonly lastRevision: string;
};

type Written =
  | { kind: 'accepted'; purchase: WrittenPurchase; repeated: boolean }
  | { kind: 'refused'; refusal: PurchaseRefusal };

export const writeOutcome = (outcome: FinalOutcome): string =>
  JSON.stringify(outcome, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

export function readOutcome(text: string): FinalOutcome {
  const written = JSON.parse(text) as Written;
  if (written.kind === 'refused') return written;
  const { purchase, repeated } = written;
  const [revision, lastRevision] = [BigInt(purchase.revision), BigInt(purchase.lastRevision)];
  return { kind: 'accepted', repeated, purchase: { ...purchase, revision, lastRevision } };
}
