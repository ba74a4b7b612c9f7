--[[
  Counts hits exactly: all of them together, and those of sampled campaigns.

  Guarantee: a hash never has more campaigns than the limit; the first ones stay exact.

  KEYS[1]  exact counts of a tenant's window
  ARGV[1]  time to live (ms)   ARGV[2] campaigns kept at most   ARGV[3] hits of all campaigns
  ARGV[4 …] campaign, hits; …
]]
-- Samples need neither replication nor the append-only file: losing one costs a measurement.
redis.set_repl(redis.REPL_NONE)
redis.call('HINCRBY', KEYS[1], 'total', ARGV[3])
local room = tonumber(ARGV[2]) + 1 - redis.call('HLEN', KEYS[1])
for i = 4, #ARGV, 2 do
  local isKnown = redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1
  if isKnown or room > 0 then redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
  if not isKnown then room = room - 1 end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
