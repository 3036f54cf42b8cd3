import { useEffect, useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { ask, complaint, type Reply } from '../net/ask.js';
import type { Words } from '../words/words.js';

interface Report {
  readonly startedAt: string;
  readonly commit: string;
  readonly ratios: readonly {
    readonly key: string;
    readonly what: string;
    readonly wanted: string;
    readonly met: boolean | null;
    readonly median: number;
  }[];
}

/** What the bench measured last, where the service is told. */
export function BenchReport({ words }: { words: Words }) {
  const { behind } = words.say;
  const [reply, setReply] = useState<Reply<Report> | null>(null);
  useEffect(() => void ask<Report>('/bench-report').then(setReply), []);
  return html`<section class="wide bench">
    <h3>${behind.bench}</h3>
    ${reply === null ? html`<p>${words.say.loading}</p>` : html`<${Told} reply=${reply} words=${words} />`}
  </section>`;
}

function Told({ reply, words }: { reply: Reply<Report>; words: Words }) {
  const { behind } = words.say;
  if (reply.kind === 'problem' && reply.problem.status === 404) return html`<p>${behind.noBench}</p>`;
  if (reply.kind !== 'ok') return html`<p>${complaint(reply, words)}</p>`;
  const { startedAt, commit, ratios } = reply.body;
  return html`<p class="small">${behind.benchOf(words.day(startedAt), commit)}</p>
    <div class="scroll" tabindex="0" role="group" aria-label=${behind.bench}><table>
      <thead><tr><th scope="col">${behind.measured}</th><th scope="col">${behind.median}</th><th scope="col">${behind.aim}</th></tr></thead>
      <tbody>${ratios.map(
        ({ key, what, wanted, met, median }) => html`<tr>
          <th scope="row"><b>${key}</b> <span class="small" lang="en">${what}</span></th>
          <td>${words.figure(median)}</td>
          <td>${wanted} ${met !== null && html`<b class=${met ? 'pass' : 'violated'}>${met ? behind.aimMet : behind.aimMissed}</b>`}</td>
        </tr>`,
      )}</tbody>
    </table></div>`;
}
