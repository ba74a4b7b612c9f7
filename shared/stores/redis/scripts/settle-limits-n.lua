--[[
  Sets counters of one tenant to what was committed, and ends reservations.

  Guarantee: an older version never overwrites a newer one, and a counter that is missing stays so. A reservation ends once, and no sum of
  reservations falls below zero. Repeating changes nothing.

  KEYS[1]     prefix of the reservations
  KEYS[2 … n] counters
  ARGV[1] span of a slot (ms)
  ARGV[2] JSON [ users, sums, adds ] as for check-and-reserve
  ARGV[3] JSON [ kinds, rows ] of single claims
  ARGV[4 …] per user what was reserved, then per counter what it becomes; texts of counters compare as their versions do
]]
-- Nothing of limits is worth a replica or the append-only file: Postgres has it all.
redis.set_repl(redis.REPL_NONE)
local users, sums, adds = unpack(cjson.decode(ARGV[2]))
local lists = { unpack(ARGV, 4, 3 + #users) }

if #KEYS > 1 then
  local counters = redis.call('MGET', unpack(KEYS, 2))
  for k = 1, #counters do
    local counter, committed = counters[k], ARGV[3 + #users + k]
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
  local kinds, rows = unpack(cjson.decode(ARGV[3]))
  each_single(kinds, rows, lists, function(_, u, reservation, _, each_sum)
    local list = held[u] or ''
    local first, last = string.find(list, reservation, 1, true)
    if not first then return end
    held[u] = string.sub(list, 1, first - 1) .. string.sub(list, last + 1)
    each_sum(function(s, number) held[n_users + s] = (held[n_users + s] or 0) - number end)
  end)
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

if not end_in(slot) and slot_before then end_in(slot_before) end
