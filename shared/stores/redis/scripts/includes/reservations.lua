--[[
  Reservations of a tenant's limits. Include of the scripts that make and end them.

  <prefix><slot>  hash  user:<u> → what is reserved for a user, `<incentive id> campaign:<c> <amount> <unit or ->;` each;
                        tenant and campaign:<c> → how many are reserved; tenant <unit> and campaign:<c> <unit> → how much

  A slot is a span of time. Reservations are made in the slot of now and looked for there and in the one before, and a slot expires when nobody can
  look at it any more: what nobody ended is gone with its sums after one span at least and two at most.

  None of it goes to replicas or to the append-only file: it lasts minutes, and to lose it costs no more than time.
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

-- The reservations in the list of each user, one after the other.
local function readers_of(lists)
  local readers = {}
  for u = 1, #lists do readers[u] = string.gmatch(lists[u], '[^;]+;') end
  return readers
end
