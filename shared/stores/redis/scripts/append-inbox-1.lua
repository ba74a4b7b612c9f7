--[[
  Appends messages to the stream of an inbox and publishes them to whoever listens.

  Guarantee: the positions of a stream only rise. A message whose position is not above the last one was appended before, or came
  too late: it changes nothing and nobody receives it again. Readers notice the gap and read Postgres.

  KEYS[1]  the stream, and the sharded channel of the same name, in the same slot
  ARGV[1]  messages kept, about
  ARGV[2]  time to live after the last message (ms)
  ARGV[3 …] position, text, cause; … in rising order; the cause is one line

  Returns how many connections listen.
]]
local appended = false
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local last = newest and tonumber(string.match(newest[1], '^%d+')) or 0

for i = 3, #ARGV, 3 do
  local position, text, cause = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if tonumber(position) > last then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], position .. '-0', 'text', text, 'cause', cause)
    redis.call('SPUBLISH', KEYS[1], position .. '\n' .. cause .. '\n' .. text)
    last, appended = tonumber(position), true
  end
end

if appended then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('PUBSUB', 'SHARDNUMSUB', KEYS[1])[2]
