import fc from 'fast-check';
import { expect, test } from 'vitest';
import { operationsOf } from '../../fuzz/operations.js';
import { requestsTo } from '../../fuzz/requests.js';
import { openApiDocument } from '../../src/api/openapi/document.js';
import { routes } from '../../src/api/routes/index.js';
import { CONCERT, send, startApi } from './support.js';

/** Of each route; `npm run fuzz` sends more, to a running service. */
const requestsPerRoute = 12;
/** What the server refuses before it has read all of it is cut off under the client that sends it. */
const longestTarget = 10_000;

const operations = operationsOf(JSON.parse(JSON.stringify(openApiDocument(routes))));
const known = { concertId: [CONCERT], purchaseId: [CONCERT], holdId: [CONCERT], customerId: ['ada'] };
/** A stream of events has no end to wait for. */
const finite = operations.filter(({ path }) => !path.endsWith('/live'));

test.each(finite.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s answers whatever is sent as the route table says, and with no 500',
  async (_name, operation) => {
    const api = startApi();
    // Every answer is checked against the table besides.
    const requests = requestsTo(operation, known).filter(({ target }) => target.length <= longestTarget);
    await fc.assert(
      fc.asyncProperty(requests, async ({ method, target, headers, body }) => {
        const sent = body === null ? { method, headers } : { method, headers, body };
        expect((await send(api, target, sent)).status).not.toBe(500);
      }),
      { numRuns: requestsPerRoute },
    );
    expect(api.lines).toEqual([]);
  },
);
