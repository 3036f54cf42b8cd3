import { field, history, now, ownerNow } from './functions.js';

/**
 * KEYS entries, places, concerts, outcomes, keptAt, owner, asleep. ARGV limit, concert, process, ms to live, prefix of the
 * channels for calls, then (purchase, token, request, ms until its deadline or '') each. Returns the owner or '', then (id,
 * position) for each entry that had room. Calls the owner if its last read found nothing.
 */
export const join = `${history}${now}${field}${ownerNow}
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
  redis.call('HSET', KEYS[2], purchase, id)
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

/** KEYS entries, places, concerts. ARGV concert, purchase, id or '' for the purchase's latest, process, token. 1: removed. */
export const leave = `${field}
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
 * KEYS owner, entries, places, concerts, asleep. ARGV token, ms to own, count, ms an entry may be old, concert, ms to keep an
 * empty stream. nil: another process owns the queue. An empty queue is marked in the same step, so that the next join calls the
 * owner.
 */
export const read = `${history}${now}${field}
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
 * The outcome of an entry that has left the queue is not kept: its process decides the purchase without the queue. Nor is that of
 * an entry whose purchase has joined again since: the purchase may still be sold by the later one.
 */
export const answer = `${now}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local time = now()
local at = 7
local kept = false
for _ = 1, tonumber(ARGV[6]) do
  local id, purchase, outcome, aside = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local was_there = redis.call('XDEL', KEYS[2], id) == 1
  local is_latest = redis.call('HGET', KEYS[3], purchase) == id
  if is_latest then redis.call('HDEL', KEYS[3], purchase) end
  if outcome == '' then
    redis.call('HDEL', KEYS[5], purchase)
    redis.call('ZREM', KEYS[6], purchase)
  elseif was_there and is_latest then
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
