import { useEffect, useState } from 'preact/hooks';
import { ask } from '../net/ask.js';
import type { LiveConcert } from '../net/concert.js';
import { type Connection, follow } from '../net/live.js';

export interface Live {
  readonly concert: LiveConcert | null;
  readonly connection: Connection;
  readonly isUnknown: boolean;
}

/** The concert as it is now. */
export function useLive(concertId: string): Live {
  const [concert, setConcert] = useState<LiveConcert | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [isUnknown, setUnknown] = useState(false);
  useEffect(() => {
    // The stream does not say why it is refused.
    void ask<LiveConcert>(`/concerts/${concertId}`).then((reply) => {
      if (reply.kind === 'problem' && reply.problem.status === 404) setUnknown(true);
      if (reply.kind === 'ok') setConcert((now) => now ?? { ...reply.body, soldPerSecond: 0 });
    });
    return follow(concertId, { onConcert: setConcert, onConnection: setConnection });
  }, [concertId]);
  return { concert, connection, isUnknown };
}
