import { isPackable, readNumber, writeNumber } from './bytes.js';
import type { Codec } from './codec.js';

/** Whole numbers from 0 to 2^53 - 1. */
export const numberCodec: Codec<number> = {
  fits: (_key, value) => isPackable(value),
  write: writeNumber,
  read: (_key, cursor) => readNumber(cursor),
};
