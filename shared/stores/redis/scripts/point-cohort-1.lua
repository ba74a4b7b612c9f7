--[[
  Points a cohort to a bitmap: readers use it from then on, and the one before is removed.

  Guarantee: a pointer never names a bitmap that is missing or of another generation.

  KEYS[1] pointers of a tenant
  ARGV[1] prefix of the tenant's keys
  ARGV[2] generation
  ARGV[3] cohort
  ARGV[4] build
  ARGV[5] the rest of the pointer
  ARGV[6] time to live of the bitmap (ms)
  Returns 0 when nothing was done
]]
local base = ARGV[1] .. ARGV[2] .. ':bits:'
if redis.call('HGET', KEYS[1], '') ~= ARGV[2] then return 0 end
if redis.call('PEXPIRE', base .. ARGV[4], ARGV[6]) == 0 then return 0 end
local before = redis.call('HGET', KEYS[1], ARGV[3])
local build = before and before:match('^%S+')
if build and build ~= ARGV[4] then redis.call('UNLINK', base .. build) end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4] .. ' ' .. ARGV[5])
return 1
