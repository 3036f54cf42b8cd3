/** Prints one value as one line. 64-bit integers are text, as everywhere in the API; times ISO 8601. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));

export const printJson = (value: unknown): void => void process.stdout.write(`${jsonLine(value)}\n`);
