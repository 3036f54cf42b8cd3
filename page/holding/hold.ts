import { html } from '../app/html.js';
import { SignIn } from '../app/sign-in.js';
import { nameOf } from '../net/ask.js';
import { type Concert, saleState } from '../net/concert.js';
import type { Words } from '../words/words.js';
import { type Claim, useClaim } from './use-claim.js';

interface Props {
  readonly concert: Concert;
  readonly words: Words;
  readonly now: number;
  readonly onBought: () => void;
}

/** Tickets held for the visitor, with the time they have left; or the visitor's place on the waiting list. */
export function Hold({ concert, words, now, onBought }: Props) {
  const { hold } = words.say;
  const { claim, problem, isAsking, take, change } = useClaim(concert.concertId, onBought);
  const state = saleState(concert, now);
  const isLive = claim?.status === 'open' || claim?.status === 'waiting';
  const { holdSeconds = null, waitingList = false } = concert;
  const isList =
    claim?.status === 'waiting' || (!isLive && waitingList && (state === 'held' || state === 'sold-out'));
  return html`<section class="card buy" aria-labelledby="hold-title">
    <h2 id="hold-title">${isList ? hold.listTitle : hold.title}</h2>
    <p role="status" class="told">${problem !== null ? words.refusal(problem) : isAsking ? hold.asking : claim !== null && told(claim, words, now)}</p>
    ${problem !== null && nameOf(problem) === 'unauthorized' && html`<${SignIn} words=${words} />`}
    ${
      !isLive &&
      !isAsking &&
      html`<p class="actions">
        ${holdSeconds !== null && state === 'open' && html`<button type="button" onClick=${() => take('holds')}>${hold.hold(Math.max(1, Math.round(holdSeconds / 60)))}</button>`}
        ${isList && html`<button type="button" onClick=${() => take('waiting-list')}>${hold.join}</button>`}
      </p>`
    }
    ${
      claim?.status === 'open' &&
      html`<p class="actions">
        <button type="button" class="main" onClick=${() => void change('confirmation')}>${hold.confirm}</button>
        <button type="button" onClick=${() => void change('release')}>${hold.release}</button>
      </p>`
    }
    ${claim?.status === 'waiting' && html`<p class="actions"><button type="button" onClick=${() => void change('leave')}>${hold.leave}</button></p>`}
  </section>`;
}

function told(claim: Claim, words: Words, now: number): string {
  const { hold, buy } = words.say;
  switch (claim.status) {
    case 'open': {
      const seconds = Math.max(0, Math.round((Date.parse(claim.expiresAt ?? '') - now) / 1_000));
      return hold.held(
        claim.quantity,
        `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`,
      );
    }
    case 'waiting':
      return hold.waiting(claim.position ?? 1);
    case 'confirmed':
      return buy.bought(claim.quantity);
    default:
      return hold.ended[claim.status];
  }
}
