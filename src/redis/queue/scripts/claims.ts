import { field, ownerNow } from './functions.js';

/**
 * KEYS owner, asleep, next. ARGV token, ms, 1 if this token owned the queue before. 1: the caller owns the queue for that long. A
 * queue that another process is about to own is left to that process. An owner key without expiry was copied by hand and is
 * ignored.
 */
export const claim = `${ownerNow}
local owner = owner_now(KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if not owner and ARGV[3] == '' then
  local next = redis.call('GET', KEYS[3])
  if next and next ~= process_of(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3])
return 1
`;

/**
 * KEYS owner, next. ARGV process, rest of a lease in ms that an owner never comes down to while it renews it, ms that the caller is
 * next for. 0: the owner renews its lease. 1: another process is to be the next owner. Otherwise the caller is: 2 while the lease
 * of the owner runs out, 3 when nobody owns the queue.
 */
export const succeed = `${ownerNow}
local owner = owner_now(KEYS[1])
if owner and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then return 0 end
local next = redis.call('GET', KEYS[2])
if next and next ~= ARGV[1] then return 1 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return owner and 2 or 3
`;

/**
 * KEYS owner, entries, asleep. ARGV token, concert, prefix of the channels for calls, 1 to release only an empty queue.
 * 1: the caller does not own the queue any more. A queue with entries is passed on: the process that waits for the first is
 * called, unless it is the caller's.
 */
export const release = `${field}${ownerNow}
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
 * KEYS (owner, entries, asleep) of each concert. ARGV ms, then a token for each. For each: 0 when another process owns the queue, 1
 * when the caller does, 2 when entries wait in it as well, 3 when nobody does.
 */
export const renew = `
local found = {}
for at = 1, #KEYS, 3 do
  local owner = redis.call('GET', KEYS[at])
  local owned = owner and 0 or 3
  if owner == ARGV[(at + 2) / 3 + 1] then
    redis.call('PEXPIRE', KEYS[at], ARGV[1])
    redis.call('PEXPIRE', KEYS[at + 2], ARGV[1])
    owned = redis.call('XLEN', KEYS[at + 1]) > 0 and 2 or 1
  end
  found[#found + 1] = owned
end
return found
`;

/** KEYS owner, entries. The owner or '', and how many are in the queue. */
export const owner = `${ownerNow}
return {owner_now(KEYS[1]) or '', redis.call('XLEN', KEYS[2])}
`;
