--[[
  Sets the bits of members in a bitmap that is being built. A user without a number gets the next one of the generation.

  Guarantee: within a generation a user has one number, and a number one user.

  KEYS[1] pointers of a tenant, whose field '' is the generation
  ARGV[1] prefix of the tenant's keys
  ARGV[2] generation
  ARGV[3] build
  ARGV[4] time to live of a bitmap that is not published (ms)
  ARGV[5 …] per user its shard and its id
  Returns 0 when the generation is not the current one any more: nothing is done then
]]
local base = ARGV[1] .. ARGV[2]
if redis.call('HGET', KEYS[1], '') ~= ARGV[2] then return 0 end
local bitmap = base .. ':bits:' .. ARGV[3]
if redis.call('EXISTS', bitmap) == 0 then
  redis.call('SETBIT', bitmap, 0, 0)
  redis.call('PEXPIRE', bitmap, ARGV[4])
end
for place = 5, #ARGV, 2 do
  local shard = base .. ':numbers:' .. ARGV[place]
  local number = redis.call('HGET', shard, ARGV[place + 1])
  if not number then
    number = redis.call('INCR', base .. ':next')
    redis.call('HSET', shard, ARGV[place + 1], number)
  end
  redis.call('SETBIT', bitmap, number, 1)
end
return 1
