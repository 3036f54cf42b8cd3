import { useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { ask } from '../net/ask.js';
import type { Words } from '../words/words.js';
import type { Attempt } from './attempts.js';

interface Props {
  readonly concertId: string;
  readonly attempts: readonly Attempt[];
  readonly words: Words;
}

interface Found {
  readonly status: 'live' | 'cancelled' | 'queued' | 'refused';
  readonly quantity?: number;
  readonly position?: number;
  readonly problem?: Parameters<Words['refusal']>[0];
}

/** What became of an attempt, by its key. Asking buys nothing. */
export function Find({ concertId, attempts, words }: Props) {
  const { find } = words.say;
  const [key, setKey] = useState('');
  const [answer, setAnswer] = useState('');
  const look = async (wanted: string) => {
    setKey(wanted);
    setAnswer(words.say.loading);
    const reply = await ask<Found>(
      `/concerts/${concertId}/purchases?idempotencyKey=${encodeURIComponent(wanted)}`,
    );
    if (reply.kind === 'none') setAnswer(find.noAnswer);
    else setAnswer(reply.kind === 'problem' ? words.refusal(reply.problem) : told(reply.body, words));
  };
  const send = (event: Event) => {
    event.preventDefault();
    void look(key.trim());
  };
  return html`<details class="card find">
    <summary><h2>${find.title}</h2></summary>
    <p class="small">${find.hint}</p>
    <form onSubmit=${send}>
      <label>${find.key}
        <input name="key" required maxlength="255" autocomplete="off" spellcheck=${false} value=${key}
          onInput=${(event: InputEvent) => setKey((event.target as HTMLInputElement).value)} />
      </label>
      <button type="submit">${find.button}</button>
    </form>
    <p role="status" class="told">${answer}</p>
    ${
      attempts.length > 0 &&
      html`<h3>${find.recent}</h3>
        <ul class="keys">${attempts.map(
          (attempt) =>
            html`<li><button type="button" class="plain" onClick=${() => void look(attempt.key)}><code>${attempt.key}</code></button></li>`,
        )}</ul>`
    }
  </details>`;
}

function told({ status, quantity = 1, position = 0, problem }: Found, words: Words): string {
  const { find } = words.say;
  if (status === 'refused' && problem !== undefined) return words.refusal(problem);
  if (status === 'queued') return find.queued(position);
  return status === 'cancelled' ? find.cancelled : find.live(quantity);
}
