import { useEffect, useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { Lazy } from '../app/lazy.js';
import { useNow } from '../app/use.js';
import { Behind } from '../behind/behind.js';
import { Buy } from '../buying/buy.js';
import { Find } from '../buying/find.js';
import { usePurchase } from '../buying/use-purchase.js';
import { Chart } from '../chart/chart.js';
import { Hall } from '../hall/hall.js';
import { type Concert, saleState } from '../net/concert.js';
import type { Words } from '../words/words.js';
import { useLive } from './use-live.js';

const noTickets: readonly never[] = [];
const loadHold = () => import('../holding/hold.js').then(({ Hold }) => Hold);

/** The hall, and beside it the way in. */
export function ConcertPage({ concertId, words }: { concertId: string; words: Words }) {
  const { say } = words;
  const { concert, connection, isUnknown } = useLive(concertId);
  const buying = usePurchase(concertId);
  const now = useNow();
  /** A moment of the log, while it is replayed. */
  const [then, setThen] = useState<Concert | null>(null);
  const shown = then ?? concert;
  useEffect(() => {
    if (concert === null) return;
    document.title = `${words.number(Math.max(0, concert.remaining))} · ${concert.name}`;
  }, [concert, words]);
  if (isUnknown)
    return html`<main class="list"><h1>${say.notHere}</h1><p><a href="/">${say.allConcerts}</a></p></main>`;
  if (concert === null || shown === null) {
    return html`<main class="list"><p role="status">${connection === 'away' ? say.cannotLoad : say.loading}</p></main>`;
  }
  const state = saleState(concert, now);
  const { name, startsAt, salesOpenAt } = concert;
  return html`<main class=${`concert ${state}`}>
    <div class="title">
      <h1>${name}</h1>
      <p>
        <span class="state">${say.state[state]}</span>
        <span class=${`connection ${connection}`} role="status">${say.connection[connection]}</span>
        ${state === 'early' && salesOpenAt !== null && html`<span>${say.opensAt(words.day(salesOpenAt))}</span>`}
        ${startsAt !== null && html`<span>${say.startsAt(words.day(startsAt))}</span>`}
      </p>
    </div>
    <${Hall} concert=${shown} mine=${then === null ? buying.mine : noTickets} words=${words} />
    <div class="side">
      <${Buy} concert=${concert} buying=${buying} words=${words} now=${now} />
      ${
        (typeof concert.holdSeconds === 'number' || concert.waitingList === true) &&
        html`<${Lazy} load=${loadHold} props=${{ concert, words, now, onBought: () => buying.refresh() }} />`
      }
      <${Chart} concertId=${concertId} rate=${concert.soldPerSecond} words=${words} />
      <${Find} concertId=${concertId} attempts=${buying.attempts} words=${words} />
    </div>
    <${Behind} concert=${concert} words=${words} then=${then} onThen=${setThen} />
  </main>`;
}
