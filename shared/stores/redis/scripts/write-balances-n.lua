--[[
  Writes balances of one tenant's program through to the cache and to all of its boards, where they are newer than what is there.

  Guarantee: an older version never overwrites a newer one, and repeating a write changes nothing. Live board and pending
  changes get the same customers as the cache, or none. Each balance written lives for its time from now on; a customer whose
  balance had expired is no change of a board that shows the same points.

  KEYS[1]     prefix of the program's balances; a balance is KEYS[1] .. customer id. All keys of a tenant share one slot
  KEYS[2 … n] prefixes of its boards
  ARGV[1 … n-1] tie policy of each board, which counts until the board's first round has written its own
  ARGV[n]     time to live of the balances (ms)
  ARGV[n+1 …] customer id, points, pending, reserved, lifetime, version, reachedAt (ms); …  each customer once

  Returns how many balances were newer.
]]
local fields = 7
local newer, missed = {}, {}

for i = #KEYS + 1, #ARGV, fields do
  local key = KEYS[1] .. ARGV[i]
  local cached = redis.call('HGET', key, 'version')
  if not cached or tonumber(cached) < tonumber(ARGV[i + 5]) then
    redis.call('HSET', key, 'points', ARGV[i + 1], 'pending', ARGV[i + 2], 'reserved', ARGV[i + 3],
      'lifetime', ARGV[i + 4], 'version', ARGV[i + 5], 'reachedAt', ARGV[i + 6])
    newer[#newer + 1] = ARGV[i]
    newer[#newer + 1] = ARGV[i + 1]
    newer[#newer + 1] = ARGV[i + 6]
    missed[ARGV[i]] = not cached
  end
  redis.call('PEXPIRE', key, ARGV[#KEYS])
end

-- While a round runs, everything is noted: the round may have read an older balance of the customer
-- than the board shows.
local function changes_of(board, policy)
  if redis.call('EXISTS', board .. ':lease') == 1 then return newer end
  local changes = {}
  for i = 1, #newer, 3 do
    local customer, points, reached_at = newer[i], newer[i + 1], newer[i + 2]
    if not (missed[customer] and is_placed(board .. ':live', policy, customer, points, reached_at)) then
      local n = #changes
      changes[n + 1], changes[n + 2], changes[n + 3] = customer, points, reached_at
    end
  end
  return changes
end

for b = 2, #KEYS do
  local board = KEYS[b]
  -- A pod that has not been notified of a changed policy must not mix two kinds of members.
  local policy = redis.call('HGET', board .. ':meta', 'policy') or ARGV[b - 1]
  local changes = changes_of(board, policy)
  place(board .. ':live', policy, changes)
  place(board .. ':pending', policy, changes)
end

return #newer / 3
