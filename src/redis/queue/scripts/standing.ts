import { field, now } from './functions.js';

/** KEYS entries, places, outcomes, keptAt. ARGV purchase, ms that outcomes are kept. The position, a kept outcome, or nil. */
export const standing = `${now}${field}
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
export const lookUp = `${now}
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
