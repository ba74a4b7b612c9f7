--[[
  The lease of a board's rebuild. Include of every script that is one step of a round.

  Each step checks the lease and writes in one atomic script, so a round that has lost its lease cannot change anything
  any more, however late it wakes up.
]]
local lost = -1

local function holds_lease(board, token, lease_ms)
  if redis.call('GET', board .. ':lease') ~= token then return false end
  redis.call('PEXPIRE', board .. ':lease', lease_ms)
  return true
end
