/** What a look at one thing found. `unknown`: it could not be looked at, which is not a pass. */
export interface Check {
  readonly subject: string;
  readonly verdict: 'ok' | 'warning' | 'problem' | 'unknown';
  readonly says: string;
  /** How to mend it. */
  readonly mend?: string;
}

export const ok = (subject: string, says: string): Check => ({ subject, verdict: 'ok', says });

export const warning = (subject: string, says: string, mend: string): Check => ({
  ...{ subject, verdict: 'warning', says, mend },
});

export const problem = (subject: string, says: string, mend: string): Check => ({
  ...{ subject, verdict: 'problem', says, mend },
});

export const unknown = (subject: string, says: string, mend: string): Check => ({
  ...{ subject, verdict: 'unknown', says, mend },
});

export interface Clock {
  readonly aheadMs: number;
  readonly exactToMs: number;
}

/** Clocks that differ by more than this are told of, in ms: sales hours open by the clock of the process that is asked. */
const toleratedMs = 1_000;

export function checkClock(subject: string, { aheadMs, exactToMs }: Clock): Check {
  const off = Math.max(0, Math.abs(aheadMs) - exactToMs);
  if (off <= toleratedMs) return ok(subject, 'its clock agrees with that of this machine');
  const words = `its clock is ${(off / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine`;
  return warning(
    subject,
    words,
    'Let both machines set their clocks by NTP: sales hours and tokens go by the clock.',
  );
}

/** A version as numbers: `26.0.3.1` is [26, 0, 3]. */
export const parts = (version: string): readonly [number, number] => {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
};

export const isAtLeast = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [has, hasMinor] = parts(version);
  return has > major || (has === major && hasMinor >= minor);
};
