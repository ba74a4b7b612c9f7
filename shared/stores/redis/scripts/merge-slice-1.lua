--[[
  Places one slice of a source into the buffer that a round is building.

  Guarantee: the same slice again changes nothing, and slices of a source may be merged in any order. Blocks Redis for a
  few milliseconds at most: the size of the slice bounds it.

  KEYS[1] prefix of the board
  ARGV[1] token of the lease   ARGV[2] lease (ms)   ARGV[3] buffer   ARGV[4] source   ARGV[5] start   ARGV[6] size

  Returns how many customers were placed, fewer than the size after the last slice; -1 when the lease is lost.
]]
local board, token, lease_ms, buffer, source, start, size = KEYS[1], unpack(ARGV)
if not holds_lease(board, token, lease_ms) then return lost end

local policy = redis.call('HGET', board .. ':meta', 'policy')
local changes = changes_at(source, policy, start, start + size - 1)
place(buffer, policy, changes)
return #changes / 3
