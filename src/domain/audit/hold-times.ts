import { type ConcertEvent, claimIdsOf, timeOf } from '../events/events.js';
import { endsHolds } from '../events/hold-events.js';
import { type Finding, notApplicable, Tally } from './findings.js';

/** How much later than its expiry a hold may be open, in ms. */
const patienceMs = 2_000;
/** Between appends that are further apart than this, the log does not show that one was possible, in ms. */
const gapMs = 1_000;

/** A time during which the log was appended to again and again, in ms since 1970. */
interface Run {
  readonly start: number;
  end: number;
}

/**
 * Checks that no hold stays open too long, as far as a log can show it: by its own times, and only while events followed each
 * other. What it cannot show is whether a process ran, or could append, in a pause between two events; so a sweep that does not
 * work is found only where something else is appended meanwhile. A confirmation that arrived in time may be decided later.
 * Memory: one entry per open hold, and one per pause.
 */
export class HoldTimes {
  readonly #tally = new Tally();
  /** Expiries of the open holds, in ms. */
  readonly #open = new Map<string, number>();
  readonly #runs: Run[] = [];
  #ended = 0;

  add(event: ConcertEvent, revision: number): void {
    switch (event.type) {
      case 'HoldConfirmed': {
        const expiry = this.#end(event.data.holdId);
        if (expiry !== undefined && Date.parse(event.data.arrivedAt) >= expiry) {
          this.#judge(event.data.holdId, expiry, `revision ${revision}: confirmed`);
        }
        break;
      }
      default:
        if (endsHolds(event)) for (const holdId of claimIdsOf(event)) this.#judgeEnd(holdId, revision);
    }
    this.#note(timeOf(event));
    if (event.type === 'TicketsHeld') this.#open.set(event.data.holdId, Date.parse(event.data.expiresAt));
    if (event.type === 'HoldExtended' && this.#open.has(event.data.holdId)) {
      this.#open.set(event.data.holdId, Date.parse(event.data.expiresAt));
    }
  }

  finding(): Finding {
    if (this.#ended + this.#open.size === 0) return notApplicable('I14', 'nothing was held');
    for (const [holdId, expiry] of this.#open) this.#judge(holdId, expiry, 'at the end of the log: open');
    const open = this.#open.size;
    this.#open.clear();
    return this.#tally.finding('I14', `${this.#ended + open} holds, ${open} open at the end`);
  }

  #judgeEnd(holdId: string, revision: number): void {
    const expiry = this.#end(holdId);
    if (expiry !== undefined) this.#judge(holdId, expiry, `revision ${revision}: ended`);
  }

  #end(holdId: string): number | undefined {
    const expiry = this.#open.get(holdId);
    if (!this.#open.delete(holdId)) return undefined;
    this.#ended += 1;
    return expiry;
  }

  /** The time of an event: no earlier than any before it, as for decisions. */
  #note(time: string | null): void {
    if (time === null) return;
    const run = this.#runs.at(-1);
    const at = Math.max(run?.end ?? Number.NEGATIVE_INFINITY, Date.parse(time));
    if (run === undefined || at - run.end > gapMs) this.#runs.push({ start: at, end: at });
    else run.end = at;
  }

  /** @param what the event at which the hold was still open; appends up to it count */
  #judge(holdId: string, expiry: number, what: string): void {
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const { start, end } = this.#runs[i] ?? { start: 0, end: 0 };
      if (end <= expiry) return;
      const late = end - Math.max(start, expiry);
      if (late <= patienceMs) continue;
      this.#tally.add(`${what} after appends that went on for ${late} ms after its expiry: hold ${holdId}`);
      return;
    }
  }
}
