--[[
  Ends a round: readers see the buffer it built from this moment on, and listeners on the channel are notified.

  Guarantee: happens once per round, and only while the round holds its lease. What the round took becomes what the other
  buffer lacks (`last`); after a full round the other buffer is stale as a whole and is copied by the next round.

  KEYS[1] prefix of the board
  ARGV[1] token of the lease   ARGV[2] buffer   ARGV[3] now (ms)   ARGV[4] channel
  ARGV[5] run id of Redis when the full round began; empty for an incremental one

  Returns { snapshot id, customers, changed, taken at (ms) }; -1 when the lease is lost.
]]
local board = KEYS[1]
local token, buffer, now, channel, run_id = unpack(ARGV)
if not holds_lease(board, token, 1000) then return lost end

local meta, taken = board .. ':meta', board .. ':taken'
local full = run_id ~= ''
local customers = redis.call('ZCARD', buffer)
local changed = full and customers or redis.call('ZCARD', taken)

drop(board .. ':last')
move(taken, board .. ':last')

local taken_at = redis.call('HGET', meta, 'roundAt')
local snapshot_id = redis.call('HINCRBY', meta, 'snapshotId', 1)
redis.call('HSET', meta, 'active', string.sub(buffer, -1), 'takenAt', taken_at, 'publishedAt', now, 'previous', 1)
if full then
  redis.call('HSET', meta, 'runId', run_id, 'stale', 1)
else
  redis.call('HDEL', meta, 'stale')
end

redis.call('UNLINK', board .. ':lease')
redis.call('PUBLISH', channel, board)
return { snapshot_id, customers, changed, tonumber(taken_at) }
