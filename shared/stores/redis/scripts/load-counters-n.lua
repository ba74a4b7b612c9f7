--[[
  Sets counters of one tenant to what Postgres says of their subjects.

  Guarantee: an older version never overwrites a newer one. A counter is forgotten so long after it was loaded, used or not, so that whatever may be
  wrong with it does not last.

  KEYS[1 … n] counters
  ARGV[1] how long they are kept (ms)
  ARGV[2 …] per counter what it becomes; texts compare as their versions do
]]
-- Nothing of limits is worth a replica or the append-only file: Postgres has it all.
redis.set_repl(redis.REPL_NONE)
local counters = redis.call('MGET', unpack(KEYS))
for k = 1, #counters do
  local counter, loaded = counters[k], ARGV[k + 1]
  if not counter or counter < loaded then redis.call('SET', KEYS[k], loaded, 'PX', ARGV[1]) end
end
