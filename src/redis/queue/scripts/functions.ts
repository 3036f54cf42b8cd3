/**
 * Lua functions that the scripts of the arrival queue share; each script is one atomic step. An entry has the fields n (its
 * number, rising by one or more), s (history of the Redis server it was written to), p (purchase id), r and t (process and token
 * to reply to), e (the request) and d (the time by which it is to be decided, by the clock of Redis, or '').
 *
 * The history is the server's replication id. Redis takes a new one at each start and each promotion, after which older data
 * may reappear; so an entry of another history may have been answered before. Without permission to call INFO all histories
 * are ''.
 */
export const history = `
local function history()
  local info = redis.pcall('INFO', 'replication')
  if type(info) ~= 'string' then return '' end
  return string.match(info, 'master_replid:(%x+)') or ''
end
`;

export const now = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

export const field = `
local function field(entry, name)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == name then return entry[2][i + 1] end
  end
  return ''
end
`;

export const ownerNow = `
local function owner_now(key)
  local owner = redis.call('GET', key)
  if owner and redis.call('PTTL', key) > 0 then return owner end
  return nil
end
local function process_of(token)
  return string.match(token, '^[^|]*')
end
`;
