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
local generation = redis.call('HGET', KEYS[1], '')
local answer, bitmaps = {}, {}
for c = 1, cohorts do
  answer[c] = ''
  local pointer = generation and redis.call('HGET', KEYS[1], ARGV[2 + c])
  if pointer then
    local build, from, untilMs = pointer:match('^(%S+) (%S+) (%S+)')
    local bitmap = prefix .. generation .. ':bits:' .. build
    if redis.call('EXISTS', bitmap) == 1 then
      bitmaps[c] = bitmap
      answer[c] = from .. ' ' .. untilMs
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
