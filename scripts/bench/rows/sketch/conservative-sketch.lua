--[[
  Conservative update: raises only the counters that are below the new estimate.

  KEYS[1] counters, as BITFIELD has them
  ARGV[1] rows   ARGV[2 …] hits, cell of each row; … per campaign
  Returns the estimates.
]]
local rows, estimates = tonumber(ARGV[1]), {}
for first = 2, #ARGV, rows + 1 do
  local reads = {}
  for row = 1, rows do
    reads[#reads + 1], reads[#reads + 2], reads[#reads + 3] = 'GET', 'u16', ARGV[first + row]
  end
  local counts = redis.call('BITFIELD', KEYS[1], unpack(reads))
  local estimate = math.min(unpack(counts)) + ARGV[first]
  local writes = {}
  for row = 1, rows do
    if counts[row] < estimate then
      writes[#writes + 1], writes[#writes + 2], writes[#writes + 3] = 'SET', 'u16', ARGV[first + row]
      writes[#writes + 1] = estimate
    end
  end
  redis.call('BITFIELD', KEYS[1], unpack(writes))
  estimates[#estimates + 1] = estimate
end
return estimates
