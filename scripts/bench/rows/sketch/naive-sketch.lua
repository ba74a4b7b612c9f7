--[[
  The sketch as it first comes to mind: all of it in Redis, five Murmur3 hashes and a hash table of counters.

  KEYS[1] counters   ARGV[1] campaign   ARGV[2] width   ARGV[3] rows
  Returns the estimate.
]]
local bxor, rol, rshift = bit.bxor, bit.rol, bit.rshift

-- Of two numbers of 32 bits, without losing one to the 53 of a double.
local function multiply(a, b)
  a = a % 4294967296
  local low = a % 65536
  return (low * b + (a - low) / 65536 * b % 65536 * 65536) % 4294967296
end

local function mixed(part) return multiply(rol(multiply(part, 0xcc9e2d51), 15), 0x1b873593) end

-- Campaigns are UUIDs: 36 bytes, nine parts without a rest.
local function murmur(text, seed)
  local hash = seed
  for first = 1, #text, 4 do
    local a, b, c, d = string.byte(text, first, first + 3)
    hash = rol(bxor(hash, mixed(a + b * 256 + c * 65536 + d * 16777216)), 13) * 5 + 0xe6546b64
  end
  hash = bxor(hash, #text)
  hash = multiply(bxor(hash, rshift(hash, 16)), 0x85ebca6b)
  hash = multiply(bxor(hash, rshift(hash, 13)), 0xc2b2ae35)
  return bxor(hash, rshift(hash, 16)) % 4294967296
end

local estimate
for row = 1, tonumber(ARGV[3]) do
  local column = murmur(ARGV[1], row) % tonumber(ARGV[2])
  local count = redis.call('HINCRBY', KEYS[1], (row - 1) * ARGV[2] + column, 1)
  estimate = math.min(estimate or count, count)
end
return estimate
