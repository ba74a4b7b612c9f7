--[[
  Begins a round of a board's rebuild: takes the lease and returns what the round has to do.

  Guarantee: of several callers one gets the round. An incremental round owns the changes noted so far (`taken`); what is
  noted from now on belongs to the next one. A round that crashed is begun again with the changes it had taken, and those
  alone: its snapshot is as old as it, and what was noted since needs another round. A request for a full round is kept
  until a full round begins after it, and a full round that crashed is begun again.

  A round is full when there is no snapshot, when the policy changed, when one was asked for, and when this is another
  Redis process than at the last full round: writes may then be lost. With if-changed, a board without changes since its
  snapshot gets no round, and nothing is written.

  KEYS[1] prefix of the board
  ARGV[1] token of the lease   ARGV[2] lease (ms)   ARGV[3] now (ms)   ARGV[4] tie policy   ARGV[5] if-changed | incremental | full

  Returns { 'busy' }
     or   { 'idle' }
     or   { 'incremental' | 'resumed', buffer to change, first source, second source }: the sources hold what the buffer
          lacks; 'resumed' when the changes are those of a round that crashed
     or   { 'full', empty buffer to fill, run id of Redis }
]]
local board, token, lease_ms, now, policy, mode = KEYS[1], unpack(ARGV)
local meta, pending, taken = board .. ':meta', board .. ':pending', board .. ':taken'

if mode == 'full' then redis.call('HSET', meta, 'fullWanted', 1) end

local active, known_policy, known_run, stale, full_wanted =
  unpack(redis.call('HMGET', meta, 'active', 'policy', 'runId', 'stale', 'fullWanted'))
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local inactive = board .. (active == 'a' and ':b' or ':a')
local needs_full = full_wanted or not active or known_run ~= run_id or known_policy ~= policy

if mode == 'if-changed' and not needs_full and redis.call('EXISTS', pending, taken) == 0 then return { 'idle' } end
if not redis.call('SET', board .. ':lease', token, 'NX', 'PX', lease_ms) then return { 'busy' } end

-- The inactive buffer is about to change, so it is the previous snapshot no longer.
redis.call('HDEL', meta, 'previous')

if known_policy and known_policy ~= policy then
  redis.call('HDEL', meta, 'active', 'runId')
  drop(board .. ':live')
  drop(board .. (active == 'a' and ':a' or ':b'))
end

if needs_full then
  redis.call('HDEL', meta, 'runId', 'fullWanted')
  redis.call('HSET', meta, 'policy', policy, 'roundAt', now)
  drop(inactive)
  drop(pending)
  drop(taken)
  drop(board .. ':last')
  return { 'full', inactive, run_id }
end

local kind = redis.call('EXISTS', taken) == 1 and 'resumed' or 'incremental'
if kind == 'incremental' then
  move(pending, taken)
  redis.call('HSET', meta, 'roundAt', now)
end
if stale then
  drop(inactive)
  return { kind, inactive, board .. ':' .. active, taken }
end
return { kind, inactive, board .. ':last', taken }
