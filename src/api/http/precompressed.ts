import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from './context.js';

const [brotli, gzipped] = [promisify(brotliCompress), promisify(gzip)];

/** The body of an answer that many ask for: compressed once. */
export class Precompressed {
  private constructor(
    private readonly plain: Buffer,
    private readonly gzip: Buffer,
    private readonly br: Buffer,
  ) {}

  static async of(bytes: Buffer): Promise<Precompressed> {
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    const [br, gz] = await Promise.all([brotli(bytes, { params }), gzipped(bytes, { level: 9 })]);
    return new Precompressed(bytes, gz, br);
  }

  /** The bytes that the client can read, with the headers that say so. */
  bytesFor(ctx: Context): Buffer {
    ctx.vary('Accept-Encoding');
    const accepted = ctx.acceptsEncodings('br', 'gzip', 'identity');
    if (accepted !== 'br' && accepted !== 'gzip') return this.plain;
    ctx.set('Content-Encoding', accepted);
    return this[accepted];
  }
}
