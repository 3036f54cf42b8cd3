import type { Result } from 'ioredis';
import type { GuardedRedis } from '../guarded-redis.js';

/**
 * The Lua scripts of the arrival queue; each is one atomic step. An entry has the fields n (its number, rising by one or
 * more), s (history of the Redis server it was written to), p (purchase id), r and t (process and token to reply to),
 * e (the request) and d (the time by which it is to be decided, by the clock of Redis, or '').
 *
 * The history is the server's replication id. Redis takes a new one at each start and each promotion, after which older data
 * may reappear; so an entry of another history may have been answered before. Without permission to call INFO all histories
 * are ''.
 */
const history = `
local function history()
  local info = redis.pcall('INFO', 'replication')
  if type(info) ~= 'string' then return '' end
  return string.match(info, 'master_replid:(%x+)') or ''
end
`;

const now = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

const field = `
local function field(entry, name)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == name then return entry[2][i + 1] end
  end
  return ''
end
`;

const ownerNow = `
local function owner_now(key)
  local owner = redis.call('GET', key)
  if owner and redis.call('PTTL', key) > 0 then return owner end
  return nil
end
local function process_of(token)
  return string.match(token, '^[^|]*')
end
`;

/**
 * KEYS entries, places, concerts, outcomes, keptAt, owner, asleep. ARGV limit, concert, process, ms to live, prefix of the
 * channels for calls, then (purchase, token, request, ms until its deadline or '') each. Returns the owner or '', then (id,
 * position) for each entry that had room. Calls the owner if its last read found nothing.
 */
const join = `${history}${now}${field}${ownerNow}
local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local number = last and tonumber(field(last, 'n')) or 0
local served = first and (tonumber(field(first, 'n')) or 1) - 1 or 0
local server = history()
local time = now()
local owner = owner_now(KEYS[6])
local found = {owner or ''}
for at = 6, #ARGV, 4 do
  if room <= 0 then break end
  room = room - 1
  number = number + 1
  local deadline = ARGV[at + 3]
  if deadline ~= '' then deadline = string.format('%.0f', time + tonumber(deadline)) end
  local purchase = ARGV[at]
  local id = redis.call('XADD', KEYS[1], '*', 'n', string.format('%.0f', number), 's', server,
    'p', purchase, 'r', ARGV[3], 't', ARGV[at + 1], 'e', ARGV[at + 2], 'd', deadline)
  local earlier = redis.call('HGET', KEYS[2], purchase)
  if not earlier or #redis.call('XRANGE', KEYS[1], earlier, earlier) == 0 then
    redis.call('HSET', KEYS[2], purchase, id)
  end
  if redis.call('ZREM', KEYS[5], purchase) == 1 then redis.call('HDEL', KEYS[4], purchase) end
  found[#found + 1] = id
  found[#found + 1] = number - served
end
if #found > 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  redis.call('SADD', KEYS[3], ARGV[2])
  if redis.call('DEL', KEYS[7]) == 1 and owner then redis.call('PUBLISH', ARGV[5] .. process_of(owner), ARGV[2]) end
end
return found
`;

/** KEYS entries, places, concerts. ARGV concert, purchase, id or '' for the purchase's first, process, token. 1: removed. */
const leave = `${field}
local id = ARGV[3]
if id == '' then id = redis.call('HGET', KEYS[2], ARGV[2]) end
if not id then return 0 end
local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
if not entry or field(entry, 'r') ~= ARGV[4] or field(entry, 't') ~= ARGV[5] then return 0 end
redis.call('XDEL', KEYS[1], id)
if redis.call('HGET', KEYS[2], ARGV[2]) == id then redis.call('HDEL', KEYS[2], ARGV[2]) end
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[1]) end
return 1
`;

/**
 * KEYS owner, asleep. ARGV token, ms. 1: the caller owns the queue for that long. An owner key without expiry was copied by hand
 * and is ignored.
 */
const claim = `${ownerNow}
local owner = owner_now(KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
return 1
`;

/**
 * KEYS owner, entries, asleep. ARGV token, concert, prefix of the channels for calls, 1 to release only an empty queue.
 * 1: the caller does not own the queue any more. A queue with entries is passed on: the process that waits for the first is
 * called, unless it is the caller's.
 */
const release = `${field}${ownerNow}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 1 end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
if first and ARGV[4] == '1' then return 0 end
redis.call('DEL', KEYS[1], KEYS[3])
if first then
  local waiting = field(first, 'r')
  if waiting ~= process_of(ARGV[1]) then redis.call('PUBLISH', ARGV[3] .. waiting, ARGV[2]) end
end
return 1
`;

/**
 * KEYS (owner, entries, asleep) of each concert. ARGV ms, then a token for each. For each: 0 when the caller does not own the
 * queue any more, 1 when it does, 2 when entries wait in it as well.
 */
const renew = `
local found = {}
for at = 1, #KEYS, 3 do
  local owned = 0
  if redis.call('GET', KEYS[at]) == ARGV[(at + 2) / 3 + 1] then
    redis.call('PEXPIRE', KEYS[at], ARGV[1])
    redis.call('PEXPIRE', KEYS[at + 2], ARGV[1])
    owned = redis.call('XLEN', KEYS[at + 1]) > 0 and 2 or 1
  end
  found[#found + 1] = owned
end
return found
`;

/** KEYS owner, entries. The owner or '', how many ms its lease still has, how many are in the queue. */
const owner = `${ownerNow}
return {owner_now(KEYS[1]) or '', redis.call('PTTL', KEYS[1]), redis.call('XLEN', KEYS[2])}
`;

/**
 * KEYS owner, entries, places, concerts, asleep. ARGV token, ms to own, count, ms an entry may be old, concert, ms to keep an
 * empty stream. nil: another process owns the queue. An empty queue is marked in the same step, so that the next join calls the
 * owner.
 */
const read = `${history}${now}${field}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return nil end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local entries = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[3])
local server = history()
if #entries == 0 then
  redis.call('SET', KEYS[5], '1', 'PX', ARGV[2])
  redis.call('DEL', KEYS[3])
  redis.call('SREM', KEYS[4], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  return {server}
end
local time = now()
local oldest = time - tonumber(ARGV[4])
local found = {server}
for i, entry in ipairs(entries) do
  local state = ''
  local deadline = tonumber(field(entry, 'd'))
  if field(entry, 's') ~= server then
    state = 'older'
  elseif tonumber(string.match(entry[1], '^%d+')) < oldest then
    state = 'late'
  elseif deadline and deadline < time then
    state = 'overdue'
  end
  found[i + 1] = {entry[1], state, field(entry, 'p'), field(entry, 'r'), field(entry, 't'), field(entry, 'e')}
end
return found
`;

/**
 * KEYS owner, entries, places, concerts, outcomes, keptAt, setAside. ARGV token, concert, ms to keep outcomes, how many
 * outcomes, how many set aside, number of answers, (id, purchase, outcome to keep or '', text to set aside or '') each, then
 * (channel, message) each. Does nothing and returns 0 when another process owns the queue.
 */
const answer = `${now}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local time = now()
local at = 7
local kept = false
for _ = 1, tonumber(ARGV[6]) do
  local id, purchase, outcome, aside = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  redis.call('XDEL', KEYS[2], id)
  if redis.call('HGET', KEYS[3], purchase) == id then redis.call('HDEL', KEYS[3], purchase) end
  if outcome == '' then
    redis.call('HDEL', KEYS[5], purchase)
    redis.call('ZREM', KEYS[6], purchase)
  else
    redis.call('HSET', KEYS[5], purchase, outcome)
    redis.call('ZADD', KEYS[6], time, purchase)
    kept = true
  end
  if aside ~= '' then
    redis.call('LPUSH', KEYS[7], aside)
    redis.call('LTRIM', KEYS[7], 0, ARGV[5] - 1)
  end
  at = at + 4
end
if kept then
  local old = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', time - ARGV[3], 'LIMIT', 0, 1000)
  local more = redis.call('ZCARD', KEYS[6]) - #old - ARGV[4]
  if more > 0 then
    old = redis.call('ZRANGE', KEYS[6], 0, #old + more - 1)
  end
  for _, purchase in ipairs(old) do
    redis.call('HDEL', KEYS[5], purchase)
    redis.call('ZREM', KEYS[6], purchase)
  end
  redis.call('PEXPIRE', KEYS[5], ARGV[3])
  redis.call('PEXPIRE', KEYS[6], ARGV[3])
end
for i = at, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end
return 1
`;

/** KEYS entries, places, outcomes, keptAt. ARGV purchase, ms that outcomes are kept. The position, a kept outcome, or nil. */
const standing = `${now}${field}
local id = redis.call('HGET', KEYS[2], ARGV[1])
local entry = id and redis.call('XRANGE', KEYS[1], id, id)[1]
if entry then
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  return (tonumber(field(entry, 'n')) or 0) - (tonumber(field(first, 'n')) or 0) + 1
end
local keptAt = redis.call('ZSCORE', KEYS[4], ARGV[1])
if not keptAt or now() - keptAt > tonumber(ARGV[2]) then return nil end
return redis.call('HGET', KEYS[3], ARGV[1])
`;

/**
 * KEYS entries, outcomes, keptAt. ARGV ms that outcomes are kept, (id, purchase) each. For each: 0 when the entry is in the
 * queue, else the kept outcome, or '' without one.
 */
const lookUp = `${now}
local oldest = now() - ARGV[1]
local found = {}
for at = 2, #ARGV, 2 do
  local answer = 0
  if #redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at]) == 0 then
    local keptAt = redis.call('ZSCORE', KEYS[3], ARGV[at + 1])
    answer = keptAt and tonumber(keptAt) >= oldest and redis.call('HGET', KEYS[2], ARGV[at + 1]) or ''
  end
  found[#found + 1] = answer
end
return found
`;

type Args = (string | number)[];

/** One entry as `read` returns it: id, state ('' if it may be decided), purchase, process, token, request. */
export type EntryReply = [string, string, string, string, string, string];

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsaleQueueJoin(...keysAndArgs: Args): Result<[owner: string, ...(string | number)[]], Context>;
    onsaleQueueLeave(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueClaim(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueRelease(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueRenew(keyCount: number, ...keysAndArgs: Args): Result<number[], Context>;
    onsaleQueueOwner(
      ...keysAndArgs: Args
    ): Result<[owner: string, leaseMs: number, waiting: number], Context>;
    onsaleQueueRead(...keysAndArgs: Args): Result<[string, ...EntryReply[]] | null, Context>;
    onsaleQueueAnswer(...keysAndArgs: Args): Result<number, Context>;
    onsaleQueueStanding(...keysAndArgs: Args): Result<number | string | null, Context>;
    onsaleQueueLookUp(...keysAndArgs: Args): Result<(number | string)[], Context>;
  }
}

export function defineQueueScripts(redis: GuardedRedis): void {
  redis.defineCommand('onsaleQueueJoin', { lua: join, numberOfKeys: 7 });
  redis.defineCommand('onsaleQueueLeave', { lua: leave, numberOfKeys: 3 });
  redis.defineCommand('onsaleQueueClaim', { lua: claim, numberOfKeys: 2 });
  redis.defineCommand('onsaleQueueRelease', { lua: release, numberOfKeys: 3 });
  redis.defineCommand('onsaleQueueRenew', { lua: renew });
  redis.defineCommand('onsaleQueueOwner', { lua: owner, numberOfKeys: 2 });
  redis.defineCommand('onsaleQueueRead', { lua: read, numberOfKeys: 5 });
  redis.defineCommand('onsaleQueueAnswer', { lua: answer, numberOfKeys: 7 });
  redis.defineCommand('onsaleQueueStanding', { lua: standing, numberOfKeys: 4 });
  redis.defineCommand('onsaleQueueLookUp', { lua: lookUp, numberOfKeys: 3 });
}
