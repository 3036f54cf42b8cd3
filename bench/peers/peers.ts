/** The peers, and how each is labelled. */
export const peers = {
  'bare-http': 'no-op POST, node:http alone',
  noop: 'no-op POST through the same Koa stack',
  'raw-append': 'raw appends of the same batches to the same store, same Koa stack',
  'pg-for-update': 'Postgres SELECT … FOR UPDATE on a stock row, synchronous commit',
  'pg-conditional': 'Postgres UPDATE … WHERE remaining > 0, synchronous commit',
  'redis-lua': 'Redis Lua stock deduction, asynchronous persistence',
  'redis-sorted-set': 'Redis sorted-set queue with a draining job, answered 202',
} as const;

export type PeerName = keyof typeof peers;

/** Labels for where there is little room. */
export const shortNames: Readonly<Record<PeerName, string>> = {
  'bare-http': 'no-op, node:http',
  noop: 'no-op, Koa',
  'raw-append': 'raw appends',
  'pg-for-update': 'Postgres FOR UPDATE',
  'pg-conditional': 'Postgres conditional UPDATE',
  'redis-lua': 'Redis Lua, persisted later',
  'redis-sorted-set': 'Redis sorted set, sold later',
};
