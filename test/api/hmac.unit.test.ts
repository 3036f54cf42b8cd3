import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { hmacSha256 } from '../../src/api/access/hmac.js';

/** Around the length of a block and beyond it, in bytes of one, two and four. */
const texts = ['a', 'ö', '😀'].flatMap((unit) =>
  [0, 1, 15, 16, 17, 32, 63, 64, 65, 200].map((n) => unit.repeat(n)),
);

test('signs as Node does, whatever the length of secret and text', () => {
  for (const secret of texts) {
    const sign = hmacSha256(secret);
    for (const text of texts) {
      expect(sign(text)).toBe(createHmac('sha256', secret).update(text).digest('base64url'));
    }
  }
});
