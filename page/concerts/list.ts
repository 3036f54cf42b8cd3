import { useEffect } from 'preact/hooks';
import { html } from '../app/html.js';
import { useNow, usePoll } from '../app/use.js';
import { type Concert, saleState } from '../net/concert.js';
import type { Words } from '../words/words.js';

interface ConcertPageOf {
  readonly items: readonly Concert[];
  readonly next: string | null;
}

const lookEveryMs = 2_000;

/** All concerts, each as a row of lights. */
export function ConcertList({ words }: { words: Words }) {
  const { say } = words;
  const cursor = new URLSearchParams(location.search).get('cursor');
  const reply = usePoll<ConcertPageOf>(
    `/concerts?limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    lookEveryMs,
  );
  const now = useNow();
  useEffect(() => {
    document.title = say.title;
  }, [say]);
  return html`<main class="list">
    <h1>${say.allConcerts}</h1>
    ${reply === null && html`<p>${say.loading}</p>`}
    ${reply !== null && reply.kind !== 'ok' && html`<p role="status">${say.cannotLoad}</p>`}
    ${
      reply?.kind === 'ok' &&
      (reply.body.items.length === 0
        ? html`<p>${say.noConcerts}</p><p class="small">${say.noConcertsHint}</p>`
        : html`<ul class="concerts">${reply.body.items.map(
            (concert) =>
              html`<${Row} key=${concert.concertId} concert=${concert} words=${words} now=${now} />`,
          )}</ul>`)
    }
    ${
      reply?.kind === 'ok' &&
      reply.body.next !== null &&
      html`<p><a href=${`/?cursor=${encodeURIComponent(reply.body.next)}`}>${say.older}</a></p>`
    }
  </main>`;
}

function Row({ concert, words, now }: { concert: Concert; words: Words; now: number }) {
  const { concertId, name, remaining, capacity, startsAt } = concert;
  const state = saleState(concert, now);
  const share = capacity === 0 ? 0 : Math.max(0, remaining) / capacity;
  return html`<li class=${`row ${state}`}>
    <a href=${`/watch/${concertId}`}>${name}</a>
    <span class="state">${words.say.state[state]}</span>
    <span class="lights" aria-hidden="true"><span style=${{ width: `${Math.ceil(share * 40) * 2.5}%` }}></span></span>
    <span class="left">${words.say.left(words.number(Math.max(0, remaining)), words.number(capacity))}</span>
    ${startsAt !== null && html`<span class="when">${words.say.startsAt(words.day(startsAt))}</span>`}
  </li>`;
}
