--[[
  Reservations of a tenant's limits. Include of the scripts that make and end them.

  <prefix><slot>  hash  user:<u> → what is reserved for a user, `<incentive id> <first characters of the campaign's id> <amount> <unit or ->;` each
                        tenant and campaign:<c> → how many are reserved; tenant <unit> and campaign:<c> <unit> → how much

  A slot is a span of time. Reservations are made in the slot of now and looked for there and in the one before, and a slot expires when nobody can
  look at it any more: what nobody ended is gone with its sums after one span at least and two at most.
]]

-- The slot of now, and the one before or nil where nothing is left in it.
local function open_slots(prefix, slot_ms)
  local time = redis.call('TIME')
  local slot = math.floor((time[1] * 1000 + time[2] / 1000) / slot_ms)
  local before = prefix .. (slot - 1)
  -- One field is no reservation.
  return prefix .. slot, redis.call('HLEN', before) > 1 and before or nil
end

-- Users and then sums: the fields that reservations are in.
local function joined(users, sums)
  local names, n = {}, #users
  for u = 1, n do names[u] = users[u] end
  for s = 1, #sums do names[n + s] = sums[s] end
  return names
end

-- Takes incentives one by one in their order. Rows are [ place of the user, amount, place of the kind ]; a kind is two lists of the sums that it
-- adds to, of counts and of amounts. Visits each with its place, its user, what is reserved for it, its amount, and a function that goes through
-- its sums.
local function each_single(kinds, rows, lists, visit)
  local readers = {}
  for u = 1, #lists do readers[u] = string.gmatch(lists[u], '[^;]+;') end
  for c = 1, #rows do
    local u, amount, kind = unpack(rows[c])
    local function each_sum(add)
      local counts, amounts = unpack(kinds[kind])
      for s = 1, #counts do add(counts[s], 1) end
      for s = 1, #amounts do add(amounts[s], amount) end
    end
    visit(c, u, readers[u](), amount, each_sum)
  end
end
