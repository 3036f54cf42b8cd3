/** Longest wait that a client can ask for, in seconds. A proxy has to be more patient. */
export const longestWaitSeconds = 60;

const waitPreference = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[;,]|$)/i;

/**
 * The `wait` of a `Prefer` header (RFC 7240) in seconds, at most 60; undefined when there is none. What it does not
 * understand it ignores, as that RFC wants it.
 */
export function waitSeconds(prefer: string | string[] | undefined): number | undefined {
  if (prefer === undefined) return undefined;
  const wait = waitPreference.exec(String(prefer))?.[1];
  return wait === undefined ? undefined : Math.min(Number(wait), longestWaitSeconds);
}
