/** Who asks, where the service wants to know: a token or an operator's key, kept as long as the tab. */

const place = 'onsale.credential';

/** Another page may hand a token over in the fragment, which is never sent anywhere. */
export function takeFromFragment(): void {
  const given = /^#token=([\w.~+/=-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  keepCredential(given);
  history.replaceState(null, '', location.pathname + location.search);
}

export const credential = (): string | null => sessionStorage.getItem(place);

export function keepCredential(given: string): void {
  if (given === '') sessionStorage.removeItem(place);
  else sessionStorage.setItem(place, given);
}

/** The customer that the token names; null without a token, and for an operator's key. */
export function subject(): string | null {
  const payload = credential()?.split('.')[1];
  if (payload === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    // It is no token: the service will say so.
    return null;
  }
}
