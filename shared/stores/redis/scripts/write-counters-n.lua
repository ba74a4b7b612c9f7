--[[
  Sets counters to what Postgres committed.

  Guarantee: an older version never overwrites a newer one. A counter expires a fixed time after it was last written, so a
  wrong one does not last.

  KEYS[1 … n] counters
  ARGV[1] time to live (ms)
  ARGV[2 …] per counter its new text; texts compare as their versions do
]]
-- Limit counters need neither replication nor the append-only file: Postgres has it all.
redis.set_repl(redis.REPL_NONE)
local counters = redis.call('MGET', unpack(KEYS))
for k = 1, #counters do
  local counter, committed = counters[k], ARGV[k + 1]
  if not counter or counter < committed then redis.call('SET', KEYS[k], committed, 'PX', ARGV[1]) end
end
