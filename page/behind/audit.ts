import { useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { ask, complaint } from '../net/ask.js';
import type { Words } from '../words/words.js';

interface AuditReport {
  readonly sound: boolean;
  readonly findings: readonly {
    readonly invariant: string;
    readonly claim: string;
    readonly verdict: 'pass' | 'violated' | 'unchecked' | 'not applicable';
    readonly checked: string;
  }[];
}

/** The verdict on the sale: the log against all that is made from it. */
export function Audit({ concertId, words }: { concertId: string; words: Words }) {
  const { behind } = words.say;
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const [report, setReport] = useState<AuditReport | null>(null);
  const run = async () => {
    setRunning(true);
    setReport(null);
    const reply = await ask<AuditReport>(`/concerts/${concertId}/audit`);
    setRunning(false);
    setReport(reply.kind === 'ok' ? reply.body : null);
    setProblem(complaint(reply, words));
  };
  return html`<section class="wide">
    <h3>${behind.audit}</h3>
    <button type="button" disabled=${isRunning} onClick=${() => void run()}>${isRunning ? behind.auditing : behind.audit}</button>
    <p role="status">${report === null ? problem : report.sound ? behind.sound : behind.unsound}</p>
    ${
      report !== null &&
      html`<ul class="findings">${report.findings.map(
        ({ invariant, claim, verdict, checked }) =>
          html`<li><b class=${verdict}>${invariant} ${behind.verdict[verdict]}</b> <span lang="en">${claim}${checked === '' ? '' : ` (${checked})`}</span></li>`,
      )}</ul>`
    }
  </section>`;
}
