import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { ask, complaint } from '../net/ask.js';
import type { Concert } from '../net/concert.js';
import type { Words } from '../words/words.js';

interface Props {
  readonly concert: Concert;
  readonly words: Words;
  readonly then: Concert | null;
  readonly onThen: (concert: Concert | null) => void;
}

type Past = Concert & { readonly recordedAt: string | null };

/** The steps of a whole replay. */
const steps = 60;
const stepMs = 120;

/** Shows the hall as it was after any event of the log. One moment is asked for at a time; the last that was wanted comes next. */
export function Replay({ concert, words, then, onThen }: Props) {
  const { behind } = words.say;
  const [isPlaying, setPlaying] = useState(false);
  const [problem, setProblem] = useState('');
  const wanted = useRef<number | null>(null);
  const isAsking = useRef(false);
  const last = Number(concert.revision);
  const at = then === null ? last : Number(then.revision);

  const show = async (revision: number) => {
    wanted.current = revision;
    if (isAsking.current) return;
    isAsking.current = true;
    while (wanted.current !== null) {
      const next: number = wanted.current;
      wanted.current = null;
      const reply = await ask<Past>(`/concerts/${concert.concertId}?at=${next}`);
      if (reply.kind === 'ok') onThen(reply.body);
      setProblem(complaint(reply, words));
    }
    isAsking.current = false;
  };

  useEffect(() => {
    if (!isPlaying) return;
    const next = Math.min(last, at + Math.max(1, Math.ceil(last / steps)));
    const timer = window.setTimeout(() => {
      if (at >= last) setPlaying(false);
      else void show(next);
    }, stepMs);
    return () => window.clearTimeout(timer);
  }, [isPlaying, at]);

  const live = () => {
    setPlaying(false);
    wanted.current = null;
    onThen(null);
  };
  const play = () => {
    if (!isPlaying && at >= last) void show(0);
    setPlaying(!isPlaying);
  };
  const { recordedAt = null } = (then ?? {}) as Partial<Past>;
  return html`<section class="replay">
    <h3>${behind.replay}</h3>
    <p class="small">${behind.replayHint}</p>
    <input type="range" aria-label=${behind.replay} min="0" max=${last} value=${at}
      onInput=${(event: InputEvent) => void show(Number((event.target as HTMLInputElement).value))} />
    <p role="status">${problem !== '' ? problem : then !== null && behind.at(words.number(at), recordedAt === null ? '' : words.moment(recordedAt))}</p>
    <p>
      <button type="button" onClick=${play}>${isPlaying ? behind.pause : behind.play}</button>
      ${then !== null && html`<button type="button" onClick=${live}>${behind.backToLive}</button>`}
    </p>
  </section>`;
}
