--[[
  Checks claims of one tenant one after the other against all their caps, and reserves what they ask for.

  Guarantee: a claim is reserved whole or not at all, and with all that is reserved no cap is passed. An incentive that is reserved already stays so,
  once. A claim is refused by what is committed alone; where counters are missing nothing is said of it.

  KEYS[1]     prefix of the reservations
  KEYS[2 … n] counters
  ARGV[1] span of a slot (ms)
  ARGV[2] JSON [ users, sums, adds, forms, standings, texts ]; places in lists begin at 1
    adds      per sum how much all claims add to it
    form      per measure of a counter [ unit or count, text, max, text, max, … ]: an ask is a text and its max
    standings per counter form, 0, and per measure its sum; or form, user, campaign or empty for any, and per measure how much all claims add
    text      what precedes a number in a counter; or [ first day, day, last day, length, what follows a day ] for the fullest of all windows of so
              many days that include the day
  ARGV[3] JSON [ kinds, rows, [ [ ask, … ], … ] ] of single claims; asks count in the order of the standings
  ARGV[4 …] per user what is to be reserved

  Returns { answers, used, places of counters that are missing }
    answers per claim 0 reserved, -1 contended, -2 cold, n refused by its nth ask; none when all are reserved
    used    per refused claim what was used of the cap
]]
-- Nothing of limits is worth a replica or the append-only file: Postgres has it all.
redis.set_repl(redis.REPL_NONE)
local users, sums, adds, forms, standings, texts = unpack(cjson.decode(ARGV[2]))
local lists = { unpack(ARGV, 4) }
local reserved, contended, cold = 0, -1, -2
local find, match, gmatch, floor = string.find, string.match, string.gmatch, math.floor

local slot, slot_before = open_slots(KEYS[1], tonumber(ARGV[1]))
local names, n_users = joined(users, sums), #users
local here = redis.call('HMGET', slot, unpack(names))
local before = slot_before and redis.call('HMGET', slot_before, unpack(names)) or {}
local counters = #KEYS > 1 and redis.call('MGET', unpack(KEYS, 2)) or {}

-- Counts days of the Gregorian calendar; years begin in March, so that a leap day ends one.
local function day_number(day)
  local year, month, date = match(day, '(%d+)-(%d+)-(%d+)')
  month = month - 3
  if month < 0 then year, month = year - 1, month + 12 end
  return 365 * year + floor(year / 4) - floor(year / 100) + floor(year / 400) + floor((153 * month + 2) / 5) + date
end

-- What is used in the fullest window: the one that ends on the day, unless later days are used already.
local function number_in_windows(counter, windows)
  local first, day, last, length, rest = unpack(windows)
  local until_day, is_later, on = 0, false, {}
  for used_day, number in gmatch(counter, ' (%d+%-%d+%-%d+)' .. rest .. '(%d+)') do
    if first <= used_day and used_day <= last then
      on[used_day] = number
      if used_day > day then is_later = true else until_day = until_day + number end
    end
  end
  if not is_later then return until_day end

  local start, numbers = day_number(first), {}
  for used_day, number in pairs(on) do numbers[day_number(used_day) - start] = number end
  local sum, fullest = 0, 0
  for place = 0, 2 * length - 2 do
    sum = sum + (numbers[place] or 0) - (numbers[place - length] or 0)
    if place >= length - 1 and sum > fullest then fullest = sum end
  end
  return fullest
end

local function number_in(counter, text)
  if type(text) == 'table' then return number_in_windows(counter, text) end
  local _, last = find(counter, text, 1, true)
  return last and match(counter, '^%d+', last + 1) or 0
end

-- What is used of what is asked for, and whether there is room for all claims together: mostly there is, and none has to be judged alone.
local all_fit, missing, used = true, {}, {}
for u = 1, n_users do
  if here[u] or before[u] then all_fit = false end
end
local n_asks, i = 0, 1
for k = 1, #counters do
  local counter, form, user = counters[k], forms[standings[i]], standings[i + 1]
  if not counter then
    missing[#missing + 1] = k
    all_fit = false
  end
  i = i + (user == 0 and 2 or 3)
  for m = 1, #form do
    local measure, asked = form[m], standings[i]
    if user == 0 then
      local s = n_users + asked
      asked = (here[s] or 0) + (before[s] or 0) + adds[asked]
    end
    for t = 2, #measure, 2 do
      n_asks = n_asks + 1
      if counter then
        local number = number_in(counter, texts[measure[t]])
        used[n_asks] = number
        if number + asked > measure[t + 1] then all_fit = false end
      end
    end
    i = i + 1
  end
end

local write = {}
local function put(n, value)
  here[n] = value
  write[#write + 1], write[#write + 2] = names[n], value
end

-- Per ask whose counter it asks, what of, and its max.
local function all_asks()
  local asks, i = {}, 1
  while i <= #standings do
    local form, user, campaign = forms[standings[i]], standings[i + 1], standings[i + 2]
    i = i + (user == 0 and 2 or 3)
    for m = 1, #form do
      local measure = form[m]
      for t = 2, #measure, 2 do
        asks[#asks + 1] = { user = user, campaign = campaign, sum = standings[i], unit = measure[1], max = measure[t + 1] }
      end
      i = i + 1
    end
  end
  return asks
end

local function held_of(ask)
  if ask.user == 0 then
    local s = n_users + ask.sum
    return (here[s] or 0) + (before[s] or 0)
  end
  local held = 0
  local list = (here[ask.user] or '') .. (before[ask.user] or '')
  for campaign, amount, unit in gmatch(list, ' (%S+) (%d+) (%S+);') do
    if ask.campaign == '' or ask.campaign == campaign then
      held = held + (ask.unit == 'count' and 1 or ask.unit == unit and amount or 0)
    end
  end
  return held
end

local function judge(amount, own, asks)
  for n = 1, #own do
    if not used[own[n]] then return cold end
  end
  local answer = reserved
  for n = 1, #own do
    local ask, number = asks[own[n]], used[own[n]]
    local after = number + (ask.unit == 'count' and 1 or amount)
    if after > ask.max then return n, number end
    if after + held_of(ask) > ask.max then answer = contended end
  end
  return answer
end

local answers, refused_used = {}, {}

local function reserve_singly()
  local asks, changed = all_asks(), {}
  local kinds, rows, asks_of = unpack(cjson.decode(ARGV[3]))
  each_single(kinds, rows, lists, function(c, u, reservation, amount, each_sum)
    local list = (here[u] or '') .. (before[u] or '')
    answers[c] = reserved
    if find(list, match(reservation, '^%S+ '), 1, true) then return end
    answers[c], refused_used[#refused_used + 1] = judge(amount, asks_of[c], asks)
    if answers[c] ~= reserved then return end
    here[u], changed[u] = (here[u] or '') .. reservation, true
    each_sum(function(s, number)
      local n = n_users + s
      here[n], changed[n] = (here[n] or 0) + number, true
    end)
  end)
  for n in pairs(changed) do put(n, here[n]) end
end

if all_fit then
  for u = 1, n_users do put(u, lists[u]) end
  for s = 1, #sums do
    local n = n_users + s
    put(n, here[n] and here[n] + adds[s] or adds[s])
  end
else
  reserve_singly()
end
if #write > 0 then
  -- A value of more than 64 bytes makes the hash a table at once; a small one would be a list, which is searched from end to end.
  redis.call('HSET', slot, 'about', 'what is reserved of the limits of a tenant, and not yet committed')
  redis.call('HSET', slot, unpack(write))
  redis.call('PEXPIRE', slot, 2 * ARGV[1])
end
return { answers, refused_used, missing }
