import { field, ownerNow } from './functions.js';

/**
 * KEYS owner, asleep. ARGV token, ms. 1: the caller owns the queue for that long. An owner key without expiry was copied by hand
 * and is ignored.
 */
export const claim = `${ownerNow}
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

/** KEYS owner, entries. The owner or '', how many ms its lease still has, how many are in the queue. */
export const owner = `${ownerNow}
return {owner_now(KEYS[1]) or '', redis.call('PTTL', KEYS[1]), redis.call('XLEN', KEYS[2])}
`;
