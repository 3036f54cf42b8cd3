import type { Cursor, Writer } from './bytes.js';

/** Encodes the values of a packed map as bytes. */
export interface Codec<V> {
  /** Whether the value would be read back unchanged. */
  fits(key: string, value: V): boolean;
  write(writer: Writer, value: V): void;
  read(key: string, cursor: Cursor): V;
}
