import { useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { ask, complaint } from '../net/ask.js';
import type { Concert } from '../net/concert.js';
import type { Words } from '../words/words.js';

interface Totals {
  readonly live: number;
  readonly vip: number;
}

const kinds = ['refused', 'gainsVip', 'losesVip', 'otherSeat', 'otherNumber'] as const;

interface Result {
  readonly recorded: Totals;
  readonly would: Totals;
  readonly purchases: Readonly<Record<(typeof kinds)[number], number>>;
}

const rules = ['vipSeats', 'ticketsPerCustomer', 'capacity'] as const;
type Rules = Readonly<Record<(typeof rules)[number], number>>;

/** The sale decided again by other rules; those of the concert to begin with. */
export function WhatIf({ concert, words }: { concert: Concert; words: Words }) {
  const { behind } = words.say;
  const { vipSeats, ticketsPerCustomer, capacity } = concert;
  const [wanted, setWanted] = useState<Rules>({ vipSeats, ticketsPerCustomer, capacity });
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const [result, setResult] = useState<Result | null>(null);
  const names = {
    vipSeats: behind.vipSeats,
    ticketsPerCustomer: behind.perCustomer,
    capacity: behind.capacity,
  };
  const send = async (event: Event) => {
    event.preventDefault();
    setRunning(true);
    const query = new URLSearchParams(rules.map((rule) => [rule, String(wanted[rule])]));
    const reply = await ask<Result>(`/concerts/${concert.concertId}/what-if?${query}`);
    setRunning(false);
    setResult(reply.kind === 'ok' ? reply.body : null);
    setProblem(complaint(reply, words));
  };
  const field = (rule: (typeof rules)[number]) => html`<label>${names[rule]}
    <input name=${rule} type="number" required step="1" min=${rule === 'vipSeats' ? 0 : 1} max=${rule === 'vipSeats' ? wanted.capacity : 1_000_000} value=${wanted[rule]}
      onInput=${(event: InputEvent) => setWanted({ ...wanted, [rule]: Number((event.target as HTMLInputElement).value) })} />
  </label>`;
  return html`<section class="what-if">
    <h3>${behind.whatIf}</h3>
    <p class="small">${behind.whatIfHint}</p>
    <form onSubmit=${(event: Event) => void send(event)}>
      ${rules.map(field)}
      <button type="submit" disabled=${isRunning}>${isRunning ? behind.trying : behind.tryRules}</button>
    </form>
    <div role="status">${problem !== '' ? problem : result !== null && html`<${Difference} ...${result} words=${words} />`}</div>
  </section>`;
}

function Difference({ recorded, would, purchases, words }: Result & { words: Words }) {
  const { behind } = words.say;
  const changed = kinds.filter((kind) => purchases[kind] > 0);
  const row = (name: string, total: keyof Totals) =>
    html`<tr><th scope="row">${name}</th><td>${words.number(recorded[total])}</td><td>${words.number(would[total])}</td></tr>`;
  return html`<table>
      <thead><tr><td></td><th scope="col">${behind.recorded}</th><th scope="col">${behind.would}</th></tr></thead>
      <tbody>${row(behind.live, 'live')}${row(behind.seated, 'vip')}</tbody>
    </table>
    ${
      changed.length === 0
        ? html`<p>${behind.nothingDiffers}</p>`
        : html`<ul>${changed.map((kind) => html`<li><b>${words.number(purchases[kind])}</b> ${behind.differ[kind]}</li>`)}</ul>`
    }`;
}
