import { CompressionFilter } from '@grpc/grpc-js/build/src/compression-filter.js';

/**
 * Tells servers not to compress their answers. grpc-js offers gzip with every call and has no option against it (1.14); KurrentDB
 * compresses every answer to a client that offers it, which costs reads four to eight times their speed, most of it in this process.
 * The header is set for every gRPC client of the process.
 */
export function offerNoCompression(): void {
  if (patched) return;
  patched = true;
  const { sendMetadata } = CompressionFilter.prototype;
  const plain = async function (this: CompressionFilter, ...args: Parameters<typeof sendMetadata>) {
    const headers = await sendMetadata.apply(this, args);
    headers.set('grpc-accept-encoding', 'identity');
    return headers;
  };
  Object.defineProperty(CompressionFilter.prototype, 'sendMetadata', { value: plain });
}

let patched = false;
