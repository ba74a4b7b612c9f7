--[[
  Adds campaigns to a tenant's hot set.

  Guarantee: of several callers one heats a campaign up. Its change waits among the unpublished ones until it is published,
  so it is not lost with the process that made it. The set never has more campaigns than the limit.

  KEYS[1]  hot set: campaign → window in which it heated up   KEYS[2]  unpublished changes
  ARGV[1]  time to live of the set (ms)   ARGV[2] of the changes (ms)   ARGV[3] campaigns kept at most
  ARGV[4 …] campaign, window, name of the change, change; …

  Returns per campaign 'heated', 'hot' when it is already, or 'full'.
]]
local set, unpublished = KEYS[1], KEYS[2]
local room = tonumber(ARGV[3]) - redis.call('ZCARD', set)
local outcomes = {}
for i = 4, #ARGV, 4 do
  local campaign, window, name, change = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local outcome = 'full'
  if redis.call('ZSCORE', set, campaign) then
    outcome = 'hot'
  elseif room > 0 then
    redis.call('ZADD', set, window, campaign)
    redis.call('HSET', unpublished, name, change)
    outcome, room = 'heated', room - 1
  end
  outcomes[#outcomes + 1] = outcome
end
redis.call('PEXPIRE', set, ARGV[1])
redis.call('PEXPIRE', unpublished, ARGV[2])
return outcomes
