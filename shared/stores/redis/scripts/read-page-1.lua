--[[
  Reads a page of a board, highest points first, in one atomic step.

  Guarantee: rows, ranks and previous ranks are of one moment. A page after a cursor begins with the first customer that
  comes after the cursor's place in the order, whether or not the customer it was made from is still there.

  KEYS[1] prefix of the board
  ARGV[1] snapshot | live   ARGV[2] rows   ARGV[3] points and ARGV[4] member of the cursor; both empty for the first page

  Returns the slice of includes/slices.lua; nil when the board has no snapshot.
]]
local board, source, rows, after_points, after_member = KEYS[1], unpack(ARGV)

-- Bytes, as Redis orders members; < on strings follows the server's locale.
local function is_before(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then return a < b end
  end
  return #one < #other
end

-- Members with equal points are in descending order: a binary search finds the first one after the
-- cursor.
local function position_after(buffer, points, member)
  local low = redis.call('ZCOUNT', buffer, '(' .. points, '+inf')
  local high = low + redis.call('ZCOUNT', buffer, points, points)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(redis.call('ZREVRANGE', buffer, middle, middle)[1], member) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local view = open_view(board, source == 'live')
if not view then return nil end

local position = after_points == '' and 0 or position_after(view.buffer, after_points, after_member)
return slice(view, position, tonumber(rows))
