import type { Concert, Purchase } from '../domain/concert.js';
import type { ChangeConcert, ScheduleConcert } from '../domain/concert-commands.js';
import type { Recalled } from '../domain/state/recall.js';
import type { HoldCommands } from './holds/hold-commands.js';
import type { CancelOutcome, ManageOutcome, PurchaseOutcome } from './outcome.js';
import type { ConcertOwner } from './ports.js';
import type { TraceParent } from './tracing.js';

export interface PurchaseRequest {
  /** The span of the request, where it is traced. */
  readonly trace?: TraceParent;
  readonly concertId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** When the request reached this service, ISO 8601. */
  readonly arrivedAt: string;
  /** How long the caller waits for a final outcome, in ms (mode `queue`). */
  readonly waitMs?: number;
}

/** What this process owns and serves in modes `batch` and `queue`. */
export interface Ownership {
  /** The number of concerts that this process owns. */
  readonly concerts: number;
  /**
   * Ids of concerts with purchases in their queue that this process tried to decide and could not, and that had no owner when it
   * last looked. Ten at most.
   */
  readonly unservedQueues: readonly string[];
}

/** The write side. Commands do not reject for a refusal, a lost Redis or a silent event store: these are outcomes. */
export interface Commands {
  purchase(request: PurchaseRequest): Promise<PurchaseOutcome>;
  /** Idempotent: a repeat with the same id and terms has the same outcome. */
  schedule(terms: ScheduleConcert): Promise<ManageOutcome>;
  change(concertId: string, change: ChangeConcert): Promise<ManageOutcome>;
  cancelPurchase(concertId: string, purchaseId: string): Promise<CancelOutcome>;
  readonly holds: HoldCommands;
  /** The outcome so far of a purchase that is not in the log (mode `queue`): queued or refused; null when it is unknown. */
  standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null>;
  /** The process that owns the concert (modes `batch` and `queue`); null when none does. Rejects when Redis does not answer. */
  owner(concertId: string): Promise<ConcertOwner | null>;
  /** Null for an installation without Redis, in which no process owns a concert. */
  ownership(): Ownership | null;
  /** The state at the end of the log. @throws {EventStoreUnavailable} @throws {UnreadableLog} */
  load(concertId: string): Promise<Concert>;
  /**
   * A purchase of a loaded concert, read from the log if the state has forgotten it.
   * @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  find(concert: Concert, purchaseId: string): Promise<Purchase | undefined>;
  /**
   * A hold or a place in the waiting list of a loaded concert, or the purchase that it became; read from the log if the state has
   * forgotten it. @throws {EventStoreUnavailable} @throws {UnreadableLog}
   */
  findHold(concert: Concert, holdId: string): Promise<Recalled | undefined>;
  /** From now on replies to queued purchases with their position without waiting (mode `queue`). Call it before `stop`. */
  stopWaiting(): void;
  /**
   * Resolves when all commands in flight have their outcomes and every lock is released; saves snapshots for the next
   * process.
   */
  stop(): Promise<void>;
}
