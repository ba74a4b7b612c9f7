--[[
  Reads which users are in which cohorts, as of the windows of the cohorts' bitmaps.

  Guarantee: a window is returned only with the bits of its bitmap. A cohort without a pointer or bitmap has no window.

  KEYS[1] pointers of a tenant: '' is the generation, a field per cohort is "<build> <from> <until> …"
  ARGV[1] prefix of the tenant's keys
  ARGV[2] number of cohorts
  ARGV[3 …] cohorts, then per user its shard and its id
  Returns the windows, "<from> <until>" or '', one per cohort; then per user a text of 0 and 1, one per cohort
]]
local prefix, cohorts = ARGV[1], tonumber(ARGV[2])
local pointers = redis.call('HMGET', KEYS[1], '', unpack(ARGV, 3, 2 + cohorts))
local generation = pointers[1]
local answer, bitmaps, existing = {}, {}, {}
for c = 1, cohorts do
  answer[c] = ''
  local pointer = generation and pointers[1 + c]
  if pointer then
    local build, from, untilMs = pointer:match('^(%S+) (%S+) (%S+)')
    bitmaps[c] = prefix .. generation .. ':bits:' .. build
    answer[c] = from .. ' ' .. untilMs
    existing[#existing + 1] = bitmaps[c]
  end
end
-- All at once, because a bitmap is rarely lost.
if #existing > 0 and redis.call('EXISTS', unpack(existing)) < #existing then
  for c = 1, cohorts do
    if bitmaps[c] and redis.call('EXISTS', bitmaps[c]) == 0 then
      bitmaps[c], answer[c] = nil, ''
    end
  end
end
for place = 3 + cohorts, #ARGV, 2 do
  local number = generation and redis.call('HGET', prefix .. generation .. ':numbers:' .. ARGV[place], ARGV[place + 1])
  local bits = {}
  for c = 1, cohorts do
    bits[c] = number and bitmaps[c] and redis.call('GETBIT', bitmaps[c], number) or 0
  end
  answer[#answer + 1] = table.concat(bits)
end
return answer
