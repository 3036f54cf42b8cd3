import type { Concert, Purchase } from '../domain/concert.js';
import type { ChangeConcert, ScheduleConcert } from '../domain/concert-commands.js';
import type { CancelOutcome, ManageOutcome, PurchaseOutcome } from './outcome.js';

export interface PurchaseRequest {
  readonly concertId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** When the request reached this service, ISO 8601. */
  readonly arrivedAt: string;
  /** How long the caller is willing to wait for a final answer, in ms (mode `queue`). */
  readonly waitMs?: number;
}

/** The write side. Nothing here rejects for a refusal, a lost Redis or a silent event store: all of those are outcomes. */
export interface Commands {
  purchase(request: PurchaseRequest): Promise<PurchaseOutcome>;
  /** With the same id and terms again, answers as the first time. */
  schedule(terms: ScheduleConcert): Promise<ManageOutcome>;
  change(concertId: string, change: ChangeConcert): Promise<ManageOutcome>;
  cancelPurchase(concertId: string, purchaseId: string): Promise<CancelOutcome>;
  /** Where a purchase stands that the log does not know (mode `queue`): in line, or refused; null when nothing is known. */
  standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null>;
  /** The concert as the log has it now. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  load(concertId: string): Promise<Concert>;
  /** A purchase of a loaded concert, from the log where the state has forgotten it. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  find(concert: Concert, purchaseId: string): Promise<Purchase | undefined>;
  /** Purchases in line (mode `queue`) are answered with their place at once, from now on. Before a stop. */
  stopWaiting(): void;
  /** Takes no new work and resolves when what is in flight has been answered and every lock released; saves the snapshots that the next process starts from. */
  stop(): Promise<void>;
}
