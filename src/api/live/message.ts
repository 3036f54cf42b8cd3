import { type ConcertView, toJson } from '../reading/views.js';

/** A server-sent event, as it goes to every viewer of a concert. */
export interface Message {
  readonly bytes: Buffer;
  readonly revision: bigint;
  /** Sent even to a viewer who has seen a later revision: the log may have been restored from a backup. */
  readonly isRepeat: boolean;
}

/** What a stream begins with: how long a client waits before it comes back, in ms. */
export const opening = 'retry: 1000\n\n';

export const eventText = (concert: ConcertView, soldPerSecond: number): string =>
  `id: ${concert.revision}\ndata: ${JSON.stringify({ ...toJson(concert), soldPerSecond })}\n\n`;
