/** The longest wait that a client can ask for, in seconds. The time-out of a proxy has to be longer. */
export const longestWaitSeconds = 60;

const waitPreference = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[;,]|$)/i;

/**
 * The `wait` of a `Prefer` header (RFC 7240) in seconds, at most 60; undefined when there is none. Preferences that are not
 * understood are ignored, as RFC 7240 demands.
 */
export function waitSeconds(prefer: string | string[] | undefined): number | undefined {
  if (prefer === undefined) return undefined;
  const wait = waitPreference.exec(String(prefer))?.[1];
  return wait === undefined ? undefined : Math.min(Number(wait), longestWaitSeconds);
}
