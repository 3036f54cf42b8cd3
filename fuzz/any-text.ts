import fc from 'fast-check';

const codePoint = (min: number, max: number) => fc.integer({ min, max }).map((n) => String.fromCodePoint(n));

/** Control characters and ASCII, halves of surrogate pairs, the first plane, and all there is. */
const character = fc.oneof(
  codePoint(0, 0x7f),
  codePoint(0xd800, 0xdfff),
  codePoint(0x80, 0xffff),
  codePoint(0x10000, 0x10ffff),
);

/** Any text at all. fast-check's own (`unit: 'binary'`) makes a table of a million characters first, which takes a second. */
export const anyText = (length: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(character, length).map((characters) => characters.join(''));

/** What may stand between two slashes of a URL, also bytes that are no UTF-8. */
export const urlText = fc.stringMatching(/^([\w.~!$&'()*+,;=:@-]|%[\dA-F]{2}){0,20}$/);
