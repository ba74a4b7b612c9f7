--[[
  Places balances read from Postgres into the buffer of a full round and repairs the live board with them.

  Guarantee: the live board never goes back: where the cache knows a newer balance, that one counts. Repeating changes nothing.

  KEYS[1] prefix of the board
  KEYS[2] prefix of the tenant's balances
  ARGV[1] token of the lease   ARGV[2] lease (ms)   ARGV[3] buffer
  ARGV[4 …] customer id, points, version, reachedAt (ms); …

  Returns the customers of whom the cache knows an older balance, so that they can be written through; -1 when the lease is
  lost.
]]
local board, balances = KEYS[1], KEYS[2]
local token, lease_ms, buffer = ARGV[1], ARGV[2], ARGV[3]
if not holds_lease(board, token, lease_ms) then return lost end

local policy = redis.call('HGET', board .. ':meta', 'policy')
local read, live, outdated = {}, {}, {}

local function add(changes, customer, points, reached_at)
  local n = #changes
  changes[n + 1], changes[n + 2], changes[n + 3] = customer, points, reached_at
end

for i = 4, #ARGV, 4 do
  local customer, points, version, reached_at = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local cached = redis.call('HMGET', balances .. customer, 'version', 'points', 'reachedAt')
  local cached_version = cached[1] and tonumber(cached[1]) or tonumber(version)
  add(read, customer, points, reached_at)
  if cached_version > tonumber(version) then
    add(live, customer, cached[2], cached[3])
  else
    add(live, customer, points, reached_at)
  end
  if cached_version < tonumber(version) then outdated[#outdated + 1] = customer end
end

place(buffer, policy, read)
place(board .. ':live', policy, live)
return outdated
