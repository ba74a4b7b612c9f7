--[[
  Sets a value for whoever has the lease of its key.

  Guarantee: a value that was read before the key was last removed is not set.

  KEYS[1]  the key
  ARGV[1]  the lease   ARGV[2] the value   ARGV[3] its time to live (ms)
]]
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
