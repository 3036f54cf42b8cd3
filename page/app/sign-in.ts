import { useState } from 'preact/hooks';
import { credential, keepCredential } from '../net/credential.js';
import type { Words } from '../words/words.js';
import { html } from './html.js';

/** Who asks, for a service that wants to know. */
export function SignIn({
  words,
  onChange = () => location.reload(),
}: {
  words: Words;
  onChange?: () => void;
}) {
  const { signIn } = words.say;
  const [given, setGiven] = useState('');
  const keep = (value: string) => {
    keepCredential(value);
    setGiven('');
    onChange();
  };
  const send = (event: Event) => {
    event.preventDefault();
    keep(given.trim());
  };
  if (credential() !== null) {
    return html`<p><button type="button" onClick=${() => keep('')}>${signIn.signOut}</button></p>`;
  }
  return html`<form class="sign-in" onSubmit=${send}>
    <label>${signIn.credential}
      <input name="credential" type="password" required autocomplete="off" value=${given}
        onInput=${(event: InputEvent) => setGiven((event.target as HTMLInputElement).value)} />
    </label>
    <button type="submit">${signIn.button}</button>
    <p class="small">${signIn.hint}</p>
  </form>`;
}
