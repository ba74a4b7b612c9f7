--[[
  Reads one customer of a board with the neighbours above and below, in one atomic step.

  Guarantee: rows, ranks and previous ranks are of one moment. There are fewer neighbours at the edges of the board.

  KEYS[1] prefix of the board
  ARGV[1] snapshot | live   ARGV[2] customer id   ARGV[3] neighbours wanted on each side

  Returns the slice of includes/slices.lua; -1 when the customer is not on the board; nil when it has no snapshot.
]]
local board, source, customer, neighbours = KEYS[1], unpack(ARGV)
local unknown = -1

local view = open_view(board, source == 'live')
if not view then return nil end

local member = member_of(view.buffer, view.policy, customer)
local position = member and redis.call('ZREVRANK', view.buffer, member)
if not position then return unknown end

local first = math.max(0, position - neighbours)
return slice(view, first, position + neighbours - first + 1)
