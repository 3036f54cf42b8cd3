import type { Bench } from '../bench.js';
import { type Count, compare, perAccepted, perRefused, putOnSale } from './baselines.js';

export const credentials = {
  secret: 'a secret of the bench, which is nobody else’s',
  issuer: 'https://issuer.example',
  audience: 'onsale',
};

const limited = { TRUSTED_PROXIES: '127.0.0.1' };

/** Each buyer has a token and an address; one of the services looks at both. */
export const guarded = {
  JWT_SECRET: credentials.secret,
  JWT_ISSUER: credentials.issuer,
  JWT_AUDIENCE: credentials.audience,
  ...limited,
};

/** Sales and refusals of a service that checks tokens and counts requests, or counts requests alone, in turn with an open one. */
export async function access(bench: Bench): Promise<void> {
  await measure(bench, 'guarded/open: sales', guarded, perAccepted);
  await measure(bench, 'guarded/open: refusals', guarded, perRefused);
  await measure(bench, 'limited/open: refusals', limited, perRefused);
}

async function measure(
  bench: Bench,
  key: `${'guarded' | 'limited'}/open: ${'sales' | 'refusals'}`,
  variables: Readonly<Record<string, string>>,
  count: Count,
): Promise<void> {
  const start = async (variables: Readonly<Record<string, string>>) => {
    const onSale = await putOnSale(bench, await bench.startService('batch', 1, { variables, credentials }));
    if (count === perAccepted) return onSale;
    const sale = await onSale.system.schedule({ capacity: 1, vipSeats: 0 });
    await bench.slice(onSale.system, [sale], { kind: 'closed', inFlight: 1, durationMs: 10_000, buyers: 2 });
    return { ...onSale, sale };
  };
  const withAccess = await start(variables);
  const open = await start({});
  await compare(bench, key, withAccess, open, count, count);
  for (const { system, slices } of [withAccess, open]) {
    await bench.file(system, { scenario: 'access', inFlight: 64, details: { key } }, slices, []);
    await system.stop();
  }
}
