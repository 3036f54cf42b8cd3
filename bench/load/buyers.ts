import { build, type Histogram } from 'hdr-histogram-js';
import type { Client } from 'undici';
import type { ClientObservation } from '../../src/domain/audit/history-audit.js';
import { now } from '../measure/clock.js';
import { type Answer, post } from './connections.js';
import { authorization } from './credentials.js';
import type { Counts, Order, TimedObservation } from './protocol.js';

/** Microseconds up to two minutes, to three digits. */
export const emptyHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: 3 });

/** Sends purchases and counts and keeps the answers. */
export class Buyers {
  readonly counts: Counts = { accepted: 0, refused: 0, queued: 0, unanswered: 0, lost: 0, dropped: 0 };
  readonly observations: TimedObservation[] = [];
  readonly accepted = emptyHistogram();
  readonly refused = emptyHistogram();
  readonly late = emptyHistogram();

  constructor(private readonly order: Order) {}

  /** Sends one request of buyer `number`. Its latency counts from `intendedAt`. */
  async ask(
    connection: Client,
    number: number,
    intendedAt: number,
    patienceMs: number | null = null,
  ): Promise<ClientObservation['answer']> {
    const { paths, prefix } = this.order;
    const concert = number % paths.length;
    const customerId = `${prefix}-${number}`;
    const headers = [
      'content-type',
      'application/json',
      'idempotency-key',
      customerId,
      ...this.#who(customerId, number),
    ];
    const sentAt = now();
    const path = paths[concert] ?? '';
    const body = `{"customerId":"${customerId}"}`;
    const first = await post(connection, path, headers, body, patienceMs);
    const reply = path.endsWith('/holds') ? await afterHold(connection, path, first, number) : first;
    const endedAt = now();
    const answer = understand(reply);
    this.#count(answer, reply, intendedAt, sentAt, endedAt);
    this.observations.push({ key: customerId, customerId, concert, sentAt, endedAt, answer });
    return answer;
  }

  #who(customerId: string, number: number): readonly string[] {
    const { credentials } = this.order;
    if (credentials === undefined) return [];
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
    return ['authorization', authorization(credentials, customerId), 'x-forwarded-for', address];
  }

  #count(
    answer: ClientObservation['answer'],
    reply: Answer | null,
    intendedAt: number,
    sentAt: number,
    endedAt: number,
  ): void {
    record(this.late, sentAt - intendedAt);
    if (answer.kind === 'accepted') {
      this.counts.accepted++;
      record(this.accepted, endedAt - intendedAt);
    } else if (answer.kind === 'refused') {
      this.counts.refused++;
      record(this.refused, endedAt - intendedAt);
    } else if (reply?.status === 202) this.counts.queued++;
    else this.counts.unanswered++;
    if (reply === null) this.counts.lost++;
  }
}

/** One customer in five does not confirm the hold, and counts as refused: nothing is sold. */
const lapses = (number: number): boolean => number % 5 === 0;

async function afterHold(
  connection: Client,
  path: string,
  held: Answer | null,
  number: number,
): Promise<Answer | null> {
  if (held?.status !== 201) return held;
  if (lapses(number)) return { status: 409, body: '' };
  const { holdId } = JSON.parse(held.body) as { holdId: string };
  const headers = ['content-type', 'application/json'];
  return post(connection, `${path}/${holdId}/confirmation`, headers, `{"reference":"p-${holdId}"}`, null);
}

const record = (histogram: Histogram, milliseconds: number): void =>
  histogram.recordValue(Math.max(1, Math.round(milliseconds * 1_000)));

interface Receipt {
  readonly purchaseId: string;
  readonly revision: string;
  readonly tickets: readonly { readonly number: number }[];
}

function understand(answer: Answer | null): ClientObservation['answer'] {
  if (answer?.status === 201) {
    const { purchaseId, revision, tickets } = JSON.parse(answer.body) as Receipt;
    const ticketNumbers = tickets.map(({ number }) => number);
    return { kind: 'accepted', purchaseId, revision: BigInt(revision), ticketNumbers };
  }
  // Too many requests: nothing was decided.
  if (answer === null || answer.status === 429) return { kind: 'none' };
  if (answer.status >= 400 && answer.status < 500) return { kind: 'refused' };
  return { kind: 'none' };
}
