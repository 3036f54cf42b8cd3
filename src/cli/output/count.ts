/** `1 concert`, `2 concerts`. */
export const count = (number: number | bigint, one: string): string =>
  `${number.toLocaleString('en')} ${one}${Number(number) === 1 ? '' : 's'}`;
