--[[
  Takes campaigns out of a tenant's hot set.

  Guarantee: of several callers one cools a campaign, and only since the window in which it heated up as the caller saw it.
  Its change waits among the unpublished ones until it is published.

  KEYS[1]  hot set: campaign → window in which it heated up   KEYS[2]  unpublished changes
  ARGV[1]  time to live of the set (ms)   ARGV[2] of the changes (ms)
  ARGV[3 …] campaign, window, name of the change, change; …

  Returns per campaign 1 when it was cooled by this call, else 0.
]]
local set, unpublished = KEYS[1], KEYS[2]
local outcomes = {}
for i = 3, #ARGV, 4 do
  local campaign, window, name, change = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local isCooled = tonumber(redis.call('ZSCORE', set, campaign) or nil) == tonumber(window)
  if isCooled then
    redis.call('ZREM', set, campaign)
    redis.call('HSET', unpublished, name, change)
  end
  outcomes[#outcomes + 1] = isCooled and 1 or 0
end
-- The set lives as long as a campaign is hot.
redis.call('PEXPIRE', set, ARGV[1])
redis.call('PEXPIRE', unpublished, ARGV[2])
return outcomes
