import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { SignIn } from '../app/sign-in.js';
import { nameOf } from '../net/ask.js';
import { type Concert, saleState } from '../net/concert.js';
import { subject } from '../net/credential.js';
import type { Words } from '../words/words.js';
import { customer, keepCustomer } from './attempts.js';
import type { Standing } from './settle.js';
import type { Buying } from './use-purchase.js';

interface Props {
  readonly concert: Concert;
  readonly buying: Buying;
  readonly words: Words;
  readonly now: number;
}

/** The form, or what became of it. */
export function Buy({ concert, buying, words, now }: Props) {
  const { say } = words;
  const { standing, stopped } = buying;
  return html`<section class="card buy" aria-labelledby="buy-title">
    <h2 id="buy-title">${say.buy.title}</h2>
    ${
      standing === null || standing.kind === 'refused'
        ? html`<${Form} ...${{ concert, buying, words, now }} />`
        : html`<${Progress} standing=${standing} buying=${buying} words=${words} />`
    }
    <div role="status" class="told">
      ${standing?.kind === 'refused' && html`<${Refused} problem=${standing.problem} words=${words} />`}
      ${stopped !== null && html`<p>${say.buy.stopped(stopped.key)}</p>`}
    </div>
    ${standing?.kind === 'refused' && nameOf(standing.problem) === 'unauthorized' && html`<${SignIn} words=${words} />`}
  </section>`;
}

function Refused({
  problem,
  words,
}: {
  problem: Extract<Standing, { kind: 'refused' }>['problem'];
  words: Words;
}) {
  return html`<p class="refused">${words.refusal(problem)}</p>
    <p class="small">${words.say.buy.requestId(problem.requestId)}</p>`;
}

function Form({ concert, buying, words, now }: Props) {
  const { say } = words;
  const [quantity, setQuantity] = useState(1);
  const signedInAs = subject();
  const [name, setName] = useState(signedInAs ?? customer());
  const state = saleState(concert, now);
  const send = (event: Event) => {
    event.preventDefault();
    if (signedInAs === null) keepCustomer(name);
    buying.buy(signedInAs ?? name, quantity);
  };
  const most = Math.min(concert.ticketsPerCustomer, 20);
  return html`<form onSubmit=${send}>
    ${
      signedInAs === null
        ? html`<label>${say.buy.name}
            <input name="customer" required maxlength="100" autocomplete="username" value=${name}
              onInput=${(event: InputEvent) => setName((event.target as HTMLInputElement).value)} />
          </label>`
        : html`<p>${say.buy.asSubject(signedInAs)}</p>`
    }
    ${
      most > 1 &&
      html`<label>${say.buy.quantity}
        <select name="quantity" value=${quantity}
          onChange=${(event: Event) => setQuantity(Number((event.target as HTMLSelectElement).value))}>
          ${Array.from({ length: most }, (_, i) => html`<option value=${i + 1}>${i + 1}</option>`)}
        </select>
      </label>`
    }
    <button class="main" type="submit">${say.buy.button}</button>
    ${state !== 'open' && html`<p class="small">${say.state[state]}</p>`}
  </form>`;
}

function Progress({ standing, buying, words }: { standing: Standing; buying: Buying; words: Words }) {
  const { say } = words;
  const heading = useRef<HTMLParagraphElement>(null);
  // The button that had the focus is gone.
  useEffect(() => heading.current?.focus(), [standing.kind === 'bought']);
  if (standing.kind === 'bought') {
    const { tickets } = standing.receipt;
    return html`<div class="bought" role="status">
      <p class="big" tabindex="-1" ref=${heading}>${say.buy.bought(tickets.length)}</p>
      <ul>${tickets.map(({ number, seat }) => html`<li>${say.buy.ticket(number, seat)}</li>`)}</ul>
      <button type="button" onClick=${() => buying.reset()}>${say.buy.more}</button>
    </div>`;
  }
  return html`<div class="waiting">
    <p class="big" role="status" tabindex="-1" ref=${heading}>${sentence(standing, words)}</p>
    ${standing.kind === 'in-line' && html`<p class="small">${say.buy.inLineHint}</p>`}
    <div class="bar" aria-hidden="true"></div>
    <button type="button" onClick=${() => buying.stop()}>${say.buy.stop}</button>
  </div>`;
}

function sentence(standing: Standing, { say }: Words): string {
  if (standing.kind === 'in-line') return say.buy.inLine(standing.position);
  if (standing.kind !== 'again') return say.buy.asking;
  if (standing.why === 'offline') return say.buy.offline;
  const seconds = Math.max(1, Math.round(standing.ms / 1_000));
  return standing.why === 'busy' ? say.buy.busy(seconds) : say.buy.again(seconds);
}
