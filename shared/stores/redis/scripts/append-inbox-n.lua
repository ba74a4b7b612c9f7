--[[
  Appends messages to the streams of inboxes and publishes them to whoever listens.

  Guarantee: the positions of a stream only rise. A message whose position is not above the last one was appended before, or came
  too late: it changes nothing and nobody receives it again. Readers notice the gap and read Postgres.

  KEYS[i]  the stream of an inbox, and the sharded channel of the same name, in the same slot
  ARGV[1]  messages kept of each, about
  ARGV[2]  time to live after the last message (ms)
  ARGV[3 …] of each inbox: number of its messages, then position, text, cause; … in rising order; the cause is one line

  Returns how many connections listen to each inbox.
]]
local fields = 3

local function append(key, from, to)
  local appended = false
  local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  local last = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  for i = from, to, fields do
    local position, text, cause = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    if tonumber(position) > last then
      redis.call('XADD', key, 'MAXLEN', '~', ARGV[1], position .. '-0', 'text', text, 'cause', cause)
      redis.call('SPUBLISH', key, position .. '\n' .. cause .. '\n' .. text)
      last, appended = tonumber(position), true
    end
  end
  if appended then redis.call('PEXPIRE', key, ARGV[2]) end
  return redis.call('PUBSUB', 'SHARDNUMSUB', key)[2]
end

local listeners, at = {}, 3
for i, key in ipairs(KEYS) do
  local next = at + 1 + tonumber(ARGV[at]) * fields
  listeners[i] = append(key, at + 1, next - 1)
  at = next
end
return listeners
