--[[
  Sets counters of one tenant to what was committed, and ends reservations.

  Guarantee: an older version never overwrites a newer one, and a counter that is missing stays so. A reservation ends once, and no sum of
  reservations falls below zero. Repeating changes nothing.

  KEYS[1]     prefix of the reservations
  KEYS[2 … n] counters
  ARGV[1] span of a slot (ms)
  ARGV[2] JSON [ users, lists, sums, adds ] as for check-and-reserve
  ARGV[3] JSON [ [ user, amount, [ sum, added, … ] ], … ] per incentive
  ARGV[4] JSON [ what it becomes, … ] per counter; texts compare as their versions do
]]
local users, lists, sums, adds = unpack(cjson.decode(ARGV[2]))

if #KEYS > 1 then
  local counters, texts = redis.call('MGET', unpack(KEYS, 2)), cjson.decode(ARGV[4])
  for k = 1, #counters do
    local counter, committed = counters[k], texts[k]
    if counter and counter < committed then redis.call('SET', KEYS[k + 1], committed, 'KEEPTTL') end
  end
end

local slot, slot_before = open_slots(KEYS[1], tonumber(ARGV[1]))
local names, n_users = joined(users, sums), #users

local function take_all(held)
  for u = 1, n_users do held[u] = '' end
  for s = 1, #sums do held[n_users + s] = (held[n_users + s] or 0) - adds[s] end
end

local function take_singly(held)
  local readers = readers_of(lists)
  for _, claim in ipairs(cjson.decode(ARGV[3])) do
    local u, _, added = unpack(claim)
    local reservation = readers[u]()
    local list = held[u] or ''
    local first, last = string.find(list, reservation, 1, true)
    if first then
      held[u] = string.sub(list, 1, first - 1) .. string.sub(list, last + 1)
      for a = 1, #added, 2 do
        local s = n_users + added[a]
        held[s] = (held[s] or 0) - added[a + 1]
      end
    end
  end
end

-- Mostly what the users have reserved is what ends now, all of it and in one slot.
local function end_in(key)
  local held = redis.call('HMGET', key, unpack(names))
  local all = true
  for u = 1, n_users do
    if held[u] ~= lists[u] then all = false end
  end
  if all then take_all(held) else take_singly(held) end

  local gone, write = {}, {}
  for n = 1, #names do
    local left = held[n]
    if left == '' or n > n_users and left and left + 0 <= 0 then
      gone[#gone + 1] = names[n]
    elseif left then
      write[#write + 1], write[#write + 2] = names[n], left
    end
  end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  if #write > 0 then redis.call('HSET', key, unpack(write)) end
  return all
end

redis.set_repl(redis.REPL_NONE)
if not end_in(slot) and slot_before then end_in(slot_before) end
