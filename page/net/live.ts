import type { Concert, LiveConcert } from './concert.js';

export type Connection = 'connecting' | 'live' | 'away';

export interface LiveListener {
  onConcert(concert: LiveConcert): void;
  onConnection(connection: Connection): void;
}

/** After a refusal, as when too many are watching, in ms. */
const retryMs = 4_000;

/** Follows a sale until it is stopped. Browsers come back by themselves after a lost connection, but not after a refusal. */
export function follow(
  concertId: Concert['concertId'],
  { onConcert, onConnection }: LiveListener,
): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  const open = () => {
    source = new EventSource(`/concerts/${concertId}/live`);
    source.onmessage = ({ data }) => {
      onConnection('live');
      onConcert(JSON.parse(data));
    };
    source.onerror = () => {
      onConnection('away');
      if (source?.readyState !== EventSource.CLOSED) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(open, retryMs * (0.5 + Math.random()));
    };
  };
  const again = () => {
    window.clearTimeout(timer);
    source?.close();
    open();
  };
  const lost = () => onConnection('away');
  onConnection('connecting');
  open();
  window.addEventListener('online', again);
  window.addEventListener('offline', lost);
  return () => {
    window.removeEventListener('online', again);
    window.removeEventListener('offline', lost);
    window.clearTimeout(timer);
    source?.close();
  };
}
