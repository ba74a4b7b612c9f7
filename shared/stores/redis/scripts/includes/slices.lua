--[[
  Slices of a board with what is needed to rank them. Include of the scripts that readers call, which write nothing.
]]

-- What a reader looks at: the published snapshot or the live board, and the snapshot to compare with. Nil before the first
-- snapshot.
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

-- The rank a customer had before; 0 when unknown.
local function rank_before(view, customer)
  if not view.before then return 0 end
  local member = member_of(view.before, view.policy, customer)
  local points = member and redis.call('ZSCORE', view.before, member)
  return points and rank_of(view.before, view.policy, member, points) or 0
end

--[[
  Returns { policy, snapshot id, taken at (ms), customers on the board, position of the first row, rank of the first row,
  customers with fewer points than the last row, member of the last row, customer ids, their points, their ranks before }.
]]
local function slice(view, position, length)
  local buffer, policy = view.buffer, view.policy
  local scored = length > 0 and redis.call('ZREVRANGE', buffer, position, position + length - 1, 'WITHSCORES') or {}
  local customers, points, ranks_before = {}, {}, {}
  for i = 1, #scored, 2 do
    local customer = customer_of(policy, scored[i])
    customers[#customers + 1] = customer
    points[#points + 1] = scored[i + 1]
    ranks_before[#ranks_before + 1] = rank_before(view, customer)
  end
  local first_rank, behind, last_member = 0, 0, ''
  if #scored > 0 then
    first_rank = rank_of(buffer, policy, scored[1], scored[2])
    behind = redis.call('ZCOUNT', buffer, '-inf', '(' .. scored[#scored])
    last_member = scored[#scored - 1]
  end
  return {
    policy, view.id, view.taken_at, redis.call('ZCARD', buffer), position, first_rank, behind, last_member,
    customers, points, ranks_before,
  }
end
