import { createHash, randomBytes } from 'node:crypto';

/** A key as it is stored: without the secret. */
export interface KnownKey {
  readonly id: string;
  /** The person or program that has it. */
  readonly name: string;
  /** SHA-256 of the secret. A secret is 256 random bits, which no slow hash need protect from guessing. */
  readonly hash: Uint8Array;
}

/** A new key for an operator. `text` has the secret: it is shown once and stored nowhere. */
export function newOperatorKey(name: string): KnownKey & { readonly text: string } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, name, hash: hashOf(secret), text: `onsale_${id}_${secret}` };
}

const format = /^onsale_([0-9a-f]{12})_([\w-]{43})$/;

/** The parts of a key that a request sent; null for text that is no key. */
export function parseOperatorKey(text: string): Pick<KnownKey, 'id' | 'hash'> | null {
  const [, id, secret] = format.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, hash: hashOf(secret) };
}

const hashOf = (secret: string): Uint8Array => createHash('sha256').update(secret).digest();
