import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../app/html.js';
import type { Concert, Ticket } from '../net/concert.js';
import type { Words } from '../words/words.js';
import { HallPainter, type LightState } from './painter.js';
import { type HallPlan, planHall } from './plan.js';

interface Props {
  readonly concert: Concert;
  /** The visitor's own tickets. */
  readonly mine: readonly Ticket[];
  readonly words: Words;
}

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The whole hall: a light for each ticket, which goes out when it is sold. */
export function Hall({ concert, mine, words }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<{ readonly painter: HallPainter; readonly plan: HallPlan } | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const { capacity, vipSeats } = concert;

  useEffect(() => {
    const element = canvas.current?.parentElement;
    if (element === null || element === undefined) return;
    const watching = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    });
    watching.observe(element);
    return () => watching.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current;
    if (element === null || size.width === 0) return;
    const scale = Math.min(3, window.devicePixelRatio || 1);
    element.width = Math.round(size.width * scale);
    element.height = Math.round(size.height * scale);
    const plan = planHall(capacity, vipSeats, size.width, size.height);
    const made = new HallPainter(element, plan, scale, calm());
    made.show(statesOf(concert, mine, plan), performance.now(), true);
    painter.current = { painter: made, plan };
    return () => made.stop();
  }, [capacity, vipSeats, size]);

  useEffect(() => {
    const now = painter.current;
    now?.painter.show(statesOf(concert, mine, now.plan), performance.now(), false);
  }, [concert, mine]);

  const { remaining, vipRemaining } = concert;
  const perLight = painter.current?.plan.perLight ?? 1;
  return html`<figure class="hall">
    <canvas ref=${canvas} role="img" aria-label=${words.hall(concert)}></canvas>
    <figcaption class="stage">
      <strong class="count">${words.number(Math.max(0, remaining))}</strong>
      <span>${words.ofLeft(capacity)}</span>
    </figcaption>
    <ul class="legend" aria-hidden="true">
      <li class="lit">${words.legend.left}</li>
      ${(concert.held ?? 0) > 0 && html`<li class="held">${words.legend.held(concert.held ?? 0)}</li>`}
      <li class="dark">${words.legend.sold}</li>
      ${vipSeats > 0 && html`<li class="vip">${words.legend.vip(vipRemaining, vipSeats)}</li>`}
      ${mine.length > 0 && html`<li class="mine">${words.legend.mine}</li>`}
      ${perLight > 1 && html`<li>${words.legend.perLight(perLight)}</li>`}
    </ul>
  </figure>`;
}

/** The state of each light, as far as counts and the visitor's own tickets tell it. */
function statesOf(concert: Concert, mine: readonly Ticket[], plan: HallPlan): LightState[] {
  const { vipSeats, vipRemaining, sold, held = 0 } = concert;
  const { perLight } = plan;
  const vipGone = vipSeats - vipRemaining;
  const soldVip = Math.min(vipGone, sold);
  const general = Math.max(0, sold - soldVip);
  const row = (length: number, sold: number, held: number): LightState[] =>
    Array.from({ length }, (_, i) => {
      if (i < sold) return 'dark';
      return i < sold + held ? 'held' : 'lit';
    });
  const lights = (tickets: number) => Math.floor(tickets / perLight);
  const states = [
    ...row(plan.vip.length, lights(soldVip), 0),
    ...row(plan.general.length, lights(general), lights(held)),
  ];
  for (const ticket of mine) states[lightOf(ticket, vipSeats, plan)] = 'mine';
  return states;
}

function lightOf({ number, seat }: Ticket, vipSeats: number, { vip, general, perLight }: HallPlan): number {
  const vipNumber = Number(/\d+$/.exec(seat ?? '')?.[0] ?? 0);
  if (vipNumber > 0) return Math.floor((vipNumber - 1) / perLight);
  const place = Math.floor((Math.max(1, number - vipSeats) - 1) / perLight);
  return vip.length + (place % Math.max(1, general.length));
}
