import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { paths } from './api.generated.js';

export type { components, operations, paths } from './api.generated.js';

/** A client of the API whose paths, bodies and answers are those of the API document. */
export type OnsaleClient = Client<paths, `${string}/${string}`>;

/**
 * @param options `baseUrl` of the service; `headers` for `Authorization: Bearer …`; a `fetch` of your own. Nothing is sent again by
 * itself: after no answer, or any 5xx, send the same request with the same `Idempotency-Key`
 */
export const createOnsaleClient = (options: ClientOptions & { readonly baseUrl: string }): OnsaleClient =>
  createFetchClient<paths, `${string}/${string}`>(options);
