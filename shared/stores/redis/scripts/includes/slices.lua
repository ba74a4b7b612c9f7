--[[
  Slices of a board with what is needed to rank them. Include of the scripts that readers call, which write nothing.
]]

-- What a reader looks at: the published snapshot or the live board, and the snapshot to compare
-- with. Nil before the first snapshot.
local function open_view(board, live)
  local active, policy, id, taken_at, previous =
    unpack(redis.call('HMGET', board .. ':meta', 'active', 'policy', 'snapshotId', 'takenAt', 'previous'))
  if not active then return nil end
  local snapshot = board .. ':' .. active
  local inactive = board .. (active == 'a' and ':b' or ':a')
  local view = { policy = policy, id = tonumber(id), taken_at = tonumber(taken_at) }
  if live then
    view.buffer, view.before = board .. ':live', snapshot
  else
    view.buffer, view.before = snapshot, previous and inactive
  end
  return view
end

local function rank_of(buffer, policy, member, points)
  if policy == 'ordinal' then return redis.call('ZREVRANK', buffer, member) + 1 end
  local ranked = policy == 'dense' and buffer .. ':scores' or buffer
  return redis.call('ZCOUNT', ranked, '(' .. points, '+inf') + 1
end

local function next_rank(policy, rank, ordinal)
  return policy == 'dense' and rank + 1 or ordinal
end

-- The ranks of all customers with `least` to `most` points, by customer, read at once; none if they
-- are more than a limit.
local function ranks_between(buffer, policy, most, least, limit)
  local ranks = {}
  if redis.call('ZCOUNT', buffer, least, most) > limit then return ranks end
  local scored = redis.call('ZREVRANGEBYSCORE', buffer, most, least, 'WITHSCORES')
  if #scored == 0 then return ranks end
  local first = rank_of(buffer, policy, scored[1], scored[2])
  local rank = first
  for i = 1, #scored, 2 do
    local ties = policy ~= 'ordinal' and scored[i + 1] == scored[i - 1]
    if i > 1 and not ties then rank = next_rank(policy, rank, first + (i - 1) / 2) end
    ranks[customer_of(policy, scored[i])] = rank
  end
  return ranks
end

-- Looks up the previous ranks of customers one by one; those who had equal points and share a rank
-- are counted once.
local function rank_lookup(buffer, policy)
  local by_points = {}
  return function(customer)
    local member = member_of(buffer, policy, customer)
    local points = member and redis.call('ZSCORE', buffer, member)
    if not points then return 0 end
    if policy == 'ordinal' then return rank_of(buffer, policy, member, points) end
    by_points[points] = by_points[points] or rank_of(buffer, policy, member, points)
    return by_points[points]
  end
end

-- The ranks that neighbours had before; 0 where unknown. Most have kept their points, so they were
-- neighbours before, too, and one lookup gives theirs. Looking up each would block Redis twice as
-- long.
local function ranks_before(view, customers, points)
  local before, policy, ranks = view.before, view.policy, {}
  local known = before and #customers > 0
    and ranks_between(before, policy, points[1], points[#points], 2 * #customers) or {}
  local look_up = rank_lookup(before, policy)
  for i, customer in ipairs(customers) do
    ranks[i] = not before and 0 or known[customer] or look_up(customer)
  end
  return ranks
end

--[[
  Returns { policy, snapshot id, taken at (ms), customers on the board, position of the first row, rank of the first row,
  customers with fewer points than the last row, member of the last row, customer ids, their points, their ranks before }.
]]
local function slice(view, position, length)
  local buffer, policy = view.buffer, view.policy
  local scored = length > 0 and redis.call('ZREVRANGE', buffer, position, position + length - 1, 'WITHSCORES') or {}
  local customers, points = {}, {}
  for i = 1, #scored, 2 do
    customers[#customers + 1] = customer_of(policy, scored[i])
    points[#points + 1] = scored[i + 1]
  end
  local first_rank, behind, last_member = 0, 0, ''
  if #scored > 0 then
    first_rank = rank_of(buffer, policy, scored[1], scored[2])
    behind = redis.call('ZCOUNT', buffer, '-inf', '(' .. scored[#scored])
    last_member = scored[#scored - 1]
  end
  return {
    policy, view.id, view.taken_at, redis.call('ZCARD', buffer), position, first_rank, behind, last_member,
    customers, points, ranks_before(view, customers, points),
  }
end
