--[[
  Buffers: what a board keeps customers in. Include; every script that places or moves customers starts with it.

  A buffer is one sorted set (score = points) and what else its tie policy needs:
    <buffer>          members are customer ids; on ordinal boards <time><customer id>
    <buffer>:scores   dense only: each number of points that somebody has, once
    <buffer>:members  ordinal only: customer id -> member

  The time of an ordinal member counts down, so that among equal points whoever was there first comes first in
  reverse order. It is never part of the score, which is exact only below 2^53.

  A list of changes is flat: customer, points, reachedAt (ms), customer, points, … each customer at most once.
]]
local last_ms = 999999999999999

local function ordinal_member(customer, reached_at)
  local left_ms = math.min(last_ms, math.max(0, last_ms - tonumber(reached_at)))
  return string.format('%015.0f', left_ms) .. customer
end

local function customer_of(policy, member)
  if policy == 'ordinal' then return string.sub(member, 16) end
  return member
end

local function member_of(buffer, policy, customer)
  if policy == 'ordinal' then return redis.call('HGET', buffer .. ':members', customer) end
  return customer
end

local function place_plain(buffer, changes)
  local scored = {}
  for i = 1, #changes, 3 do
    scored[#scored + 1] = changes[i + 1]
    scored[#scored + 1] = changes[i]
  end
  redis.call('ZADD', buffer, unpack(scored))
end

local function place_dense(buffer, changes)
  for i = 1, #changes, 3 do
    local customer, points = changes[i], changes[i + 1]
    local before = redis.call('ZSCORE', buffer, customer)
    redis.call('ZADD', buffer, points, customer)
    redis.call('ZADD', buffer .. ':scores', points, points)
    if before and redis.call('ZCOUNT', buffer, before, before) == 0 then
      redis.call('ZREM', buffer .. ':scores', before)
    end
  end
end

local function place_ordinal(buffer, changes)
  local customers, scored, members = {}, {}, {}
  for i = 1, #changes, 3 do
    local member = ordinal_member(changes[i], changes[i + 2])
    customers[#customers + 1] = changes[i]
    scored[#scored + 1] = changes[i + 1]
    scored[#scored + 1] = member
    members[#members + 1] = changes[i]
    members[#members + 1] = member
  end
  local before = {}
  for _, member in ipairs(redis.call('HMGET', buffer .. ':members', unpack(customers))) do
    if member then before[#before + 1] = member end
  end
  if #before > 0 then redis.call('ZREM', buffer, unpack(before)) end
  redis.call('ZADD', buffer, unpack(scored))
  redis.call('HSET', buffer .. ':members', unpack(members))
end

-- Gives each customer the points of the change, whatever points they had before. Repeating it
-- changes nothing.
local function place(buffer, policy, changes)
  if #changes == 0 then return end
  if policy == 'dense' then return place_dense(buffer, changes) end
  if policy == 'ordinal' then return place_ordinal(buffer, changes) end
  return place_plain(buffer, changes)
end

-- Whether placing the customer would change nothing.
local function is_placed(buffer, policy, customer, points, reached_at)
  local member = member_of(buffer, policy, customer)
  if not member or (policy == 'ordinal' and member ~= ordinal_member(customer, reached_at)) then return false end
  local score = redis.call('ZSCORE', buffer, member)
  return score and tonumber(score) == tonumber(points)
end

-- The customers at positions start to stop, fewest points first, as a list of changes.
local function changes_at(buffer, policy, start, stop)
  local scored = redis.call('ZRANGE', buffer, start, stop, 'WITHSCORES')
  local changes = {}
  for i = 1, #scored, 2 do
    local member = scored[i]
    changes[#changes + 1] = customer_of(policy, member)
    changes[#changes + 1] = scored[i + 1]
    changes[#changes + 1] = policy == 'ordinal' and last_ms - tonumber(string.sub(member, 1, 15)) or 0
  end
  return changes
end

-- UNLINK, as freeing a million members at once would block everyone.
local function drop(buffer)
  redis.call('UNLINK', buffer, buffer .. ':scores', buffer .. ':members')
end

-- Renames a buffer over another one, which must be dropped before.
local function move(from, to)
  for _, part in ipairs({ '', ':scores', ':members' }) do
    if redis.call('EXISTS', from .. part) == 1 then redis.call('RENAME', from .. part, to .. part) end
  end
end
