import { within } from '../../waiting/within.js';
import type { ApiServices } from '../services.js';

export interface OwnerView {
  /** Host and process id. Absent where access is by token: whoever asks for a concert need not be an operator. */
  readonly process?: string;
  /** ISO 8601. */
  readonly since: string;
  /** Purchases in the concert's queue. */
  readonly waiting: number;
}

/** The longest wait for Redis, in ms, whatever `REDIS_COMMAND_TIMEOUT_MS` is. */
const patienceMs = 250;

/**
 * As a field of an answer: `owner`, null when no process owns the concert; no field when Redis does not say in time. Never
 * rejects: the owner is told beside what was asked for.
 */
export async function ownerField(
  { commands, authenticate }: Pick<ApiServices, 'commands' | 'authenticate'>,
  concertId: string,
): Promise<{ readonly owner?: OwnerView | null }> {
  const asked = async () => {
    const owner = await commands.owner(concertId);
    if (owner === null) return { owner: null };
    const { process, since, waiting } = owner;
    const named = authenticate === null ? { process } : {};
    return { owner: { ...named, since: new Date(since).toISOString(), waiting } };
  };
  // The guard of the connection reports a Redis that is away.
  return within(
    patienceMs,
    asked().catch(() => ({})),
    () => ({}),
  );
}
