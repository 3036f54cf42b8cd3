import { useState } from 'preact/hooks';
import { html } from '../app/html.js';
import { Lazy } from '../app/lazy.js';
import type { PartsProps } from './parts.js';

const load = () => import('./parts.js').then(({ Parts }) => Parts);

/** The operator's part of the page. Nothing is asked for before it is opened. */
export function Behind(props: PartsProps) {
  const { behind } = props.words.say;
  const [isOpen, setOpen] = useState(location.hash === '#behind');
  const toggled = (event: Event) => {
    const { open } = event.target as HTMLDetailsElement;
    setOpen(open);
    // Still open when somebody has signed in.
    history.replaceState(null, '', `${location.pathname}${location.search}${open ? '#behind' : ''}`);
  };
  return html`<details class="card behind" id="behind" open=${isOpen} onToggle=${toggled}>
    <summary><h2>${behind.title}</h2> <span class="small">${behind.hint}</span></summary>
    ${isOpen && html`<${Lazy} load=${load} props=${props} />`}
  </details>`;
}
