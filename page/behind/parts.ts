import { html } from '../app/html.js';
import { SignIn } from '../app/sign-in.js';
import { usePoll } from '../app/use.js';
import type { Concert } from '../net/concert.js';
import type { Words } from '../words/words.js';
import { Audit } from './audit.js';
import { BenchReport } from './bench-report.js';
import { Replay } from './replay.js';
import { WhatIf } from './what-if.js';

export interface PartsProps {
  readonly concert: Concert;
  readonly words: Words;
  readonly then: Concert | null;
  readonly onThen: (concert: Concert | null) => void;
}

interface Owned {
  readonly owner?: { readonly process?: string; readonly since: string; readonly waiting: number } | null;
}

interface Ready {
  readonly status: string;
  readonly checks: Readonly<Record<string, string>>;
  readonly lagSeconds: number | null;
}

const lookEveryMs = 2_000;

/** What an operator wants to see of the sale. */
export function Parts({ concert, words, then, onThen }: PartsProps) {
  const { behind } = words.say;
  return html`<div class="parts">
        <${Facts} concert=${concert} words=${words} />
        <${Replay} concert=${concert} words=${words} then=${then} onThen=${onThen} />
        <${WhatIf} concert=${concert} words=${words} />
        <section><h3>${words.say.signIn.title}</h3><${SignIn} words=${words} />
          <p><a href="/docs">API</a> · <a href="/metrics">${behind.metrics}</a> · <a href="/problems">${behind.problems}</a></p></section>
        <${Audit} concertId=${concert.concertId} words=${words} />
        <${BenchReport} words=${words} />
      </div>`;
}

function Facts({ concert, words }: Pick<PartsProps, 'concert' | 'words'>) {
  const { behind } = words.say;
  const owned = usePoll<Owned>(`/concerts/${concert.concertId}`, lookEveryMs);
  // Not ready is 503, and says as much.
  const ready = usePoll<Ready>('/readyz', lookEveryMs);
  const owner = owned?.kind === 'ok' ? owned.body.owner : undefined;
  const health =
    ready?.kind === 'ok'
      ? ready.body
      : ready?.kind === 'problem'
        ? (ready.problem as unknown as Ready)
        : null;
  const failing = Object.entries(health?.checks ?? {}).filter(
    ([, says]) => says !== 'answers' && says !== 'not used',
  );
  const lag = health?.lagSeconds;
  return html`<section><dl>
    <dt>${behind.owner}</dt>
    <dd>${
      owner === undefined || owner === null
        ? behind.noOwner
        : behind.ownerSince(
            owner.process === undefined ? '' : `${owner.process}, `,
            words.moment(owner.since),
            owner.waiting,
          )
    }</dd>
    <dt>${behind.mode}</dt><dd>${concert.purchaseMode ?? behind.modeOfService}</dd>
    <dt>${behind.revision}</dt><dd>${concert.revision}</dd>
    <dt>${behind.lag}</dt>
    <dd>${lag === undefined || lag === null ? behind.lagUnknown : behind.lagSeconds(Math.round(lag * 10) / 10)}</dd>
    <dt>${behind.service}</dt>
    <dd>${health === null ? words.say.loading : behind.checks(health.status, failing.map(([name, says]) => `${name} ${says}`).join(', '))}</dd>
  </dl></section>`;
}
