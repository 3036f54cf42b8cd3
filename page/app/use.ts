import { useEffect, useState } from 'preact/hooks';
import { ask, type Reply } from '../net/ask.js';

/** The wall-clock time, in ms, a second old at most. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

/** The newest answer to a question that is asked again and again while the page is seen; null before the first. */
export function usePoll<Body>(path: string | null, everyMs: number): Reply<Body> | null {
  const [reply, setReply] = useState<Reply<Body> | null>(null);
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    let timer = 0;
    const look = async () => {
      if (document.visibilityState === 'visible') {
        const answer = await ask<Body>(path, { signal: gone.signal });
        if (gone.signal.aborted) return;
        setReply(answer);
      }
      timer = window.setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      gone.abort();
      window.clearTimeout(timer);
    };
  }, [path, everyMs]);
  return reply;
}
