/** An environment variable: what it may say, and what holds when it is not set. */
export interface Variable<Value> {
  /** What it has to look like, to put behind "expected". */
  readonly expected: string;
  readonly fallback: Value;
  /** Undefined when the text is not what is expected. */
  parse(text: string): Value | undefined;
}

export const whole = (min: number, max: number, fallback: number): Variable<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  fallback,
  parse(text) {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  },
});

export const milliseconds = (min: number, max: number, fallback: number): Variable<number> => ({
  ...whole(min, max, fallback),
  expected: `milliseconds, a whole number from ${min} to ${max}`,
});

export const oneOf = <Choice extends string>(
  choices: readonly Choice[],
  fallback: Choice,
): Variable<Choice> => ({
  expected: `one of ${choices.join(', ')}`,
  fallback,
  parse: (text) => choices.find((choice) => choice === text),
});

export const matching = <Fallback extends string | null>(
  pattern: RegExp,
  expected: string,
  fallback: Fallback,
): Variable<string | Fallback> => ({
  expected,
  fallback,
  parse: (text) => (pattern.test(text) ? text : undefined),
});

export const url = (protocols: readonly string[], expected: string): Variable<string | null> => ({
  expected,
  fallback: null,
  parse: (text) => (protocols.includes(protocolOf(text)) ? text : undefined),
});

/** Several, with commas between them; null when not set. */
export const listOf = (each: Variable<string | null>): Variable<readonly string[] | null> => ({
  expected: `${each.expected}, or several of them with commas between`,
  fallback: null,
  parse(text) {
    const parsed = text.split(',').map((part) => each.parse(part.trim()));
    const good = parsed.filter((part) => typeof part === 'string');
    return good.length === parsed.length ? good : undefined;
  },
});

/** As another variable, or the word `none`, which is an empty list. */
export const orNone = (variable: Variable<readonly string[] | null>): Variable<readonly string[] | null> => ({
  ...variable,
  expected: `${variable.expected}, or none`,
  parse: (text) => (text === 'none' ? [] : variable.parse(text)),
});

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

/**
 * The text without what may be a secret: everything between `//` and the last `@` (so of a list only the last host stays),
 * and passwords among the parameters of a URL.
 */
export const redact = (text: string): string =>
  text
    .replace(/^([a-z+]+:\/\/)?.*@/is, '$1***@')
    .replace(/([?&][^=&]*(?:pass|secret|token)[^=&]*=)[^&]*/gi, '$1***');
