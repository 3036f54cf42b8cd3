import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ConcertPage } from '../concerts/concert-page.js';
import { ConcertList } from '../concerts/list.js';
import { takeFromFragment } from '../net/credential.js';
import { keepLanguage, type Language, preferredLanguage, wordsOf } from '../words/language.js';
import type { Words } from '../words/words.js';
import { html } from './html.js';

const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ko', name: '한국어' },
];

function App({ first }: { first: Words }) {
  const [words, setWords] = useState(first);
  useEffect(() => {
    document.documentElement.lang = words.say.language;
  }, [words]);
  const choose = (language: Language) => {
    keepLanguage(language);
    setWords(wordsOf(language));
  };
  const concertId = /^\/watch\/([\w-]+)\/?$/.exec(location.pathname)?.[1];
  return html`<header class="top">
      <a class="brand" href="/">onsale</a>
      <nav class="languages">
        ${languages.map(
          ({ id, name }) =>
            html`<button type="button" class="plain" lang=${id} aria-pressed=${id === words.say.language}
              onClick=${() => choose(id)}>${name}</button>`,
        )}
      </nav>
    </header>
    ${
      concertId === undefined
        ? html`<${ConcertList} words=${words} />`
        : html`<${ConcertPage} concertId=${concertId} words=${words} />`
    }`;
}

takeFromFragment();
const first = wordsOf(preferredLanguage());
const root = document.getElementById('app');
if (root !== null) render(html`<${App} first=${first} />`, root);
