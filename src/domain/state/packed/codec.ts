import type { Cursor, Writer } from './bytes.js';

/** How values of a packed map are written as bytes. */
export interface Codec<V> {
  /** Whether a value would come back the same. */
  fits(key: string, value: V): boolean;
  write(writer: Writer, value: V): void;
  read(key: string, cursor: Cursor): V;
}
