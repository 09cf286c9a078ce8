"""Scripts that the server runs as one step each, by its own clock. A script that is repeated changes nothing more.

Every key begins with `KEYS[1]`, whose part in braces is the same for all keys of one limit: a cluster keeps them in one
place. `:r` and `:t` hold requests and tokens by sixtieths of the minute, `:b` the calls under way by the end of their
lease, and `:c:N` which calls have been counted, and where, in the N-th pair of minutes.
"""

from __future__ import annotations

_HEAD = """
local base, time = KEYS[1], redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local minute = tonumber(ARGV[1])
local width = minute / 60
local bucket = math.floor(now / width)
local epoch = math.floor(now / (2 * minute))
local life = math.ceil(4 * minute)

local function known(id)
  return redis.call('HGET', base .. ':c:' .. epoch, id) or redis.call('HGET', base .. ':c:' .. (epoch - 1), id)
end

local function remember(id, at, amount)
  redis.call('HSET', base .. ':c:' .. epoch, id, at .. ' ' .. amount)
  redis.call('EXPIRE', base .. ':c:' .. epoch, life)
end

local function add(kind, at, amount)
  if amount ~= 0 then
    redis.call('HINCRBYFLOAT', base .. kind, at, amount)
    redis.call('EXPIRE', base .. kind, life)
  end
end
"""

TAKE = (
    _HEAD
    + """
local id, requests, tokens, at_once = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local wanted, lease, room = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

-- Sixty-one sixtieths are kept, so that no minute holds more than the limit, wherever it begins in the first of them.
local function wait(kind, limit, want)
  if limit < 0 then return 0 end
  local all, used, found = redis.call('HGETALL', base .. kind), 0, {}
  for i = 1, #all, 2 do
    local at, amount = tonumber(all[i]), tonumber(all[i + 1])
    if at < bucket - 60 then redis.call('HDEL', base .. kind, all[i])
    else used = used + amount; found[#found + 1] = { at, amount } end
  end
  local over = used + math.min(want, limit) - limit
  if over <= 1e-9 then return 0 end
  table.sort(found, function(one, other) return one[1] < other[1] end)
  for _, one in ipairs(found) do
    over = over - one[2]
    if over <= 1e-9 then return (one[1] + 61) * width - now end
  end
  return minute
end

if known(id) then return '0' end
local longest = math.max(wait(':r', requests, 1), wait(':t', tokens, wanted))
if longest > 0 then return tostring(longest) end
if at_once >= 0 then
  redis.call('ZREMRANGEBYSCORE', base .. ':b', '-inf', now)
  if redis.call('ZCARD', base .. ':b') >= at_once then return tostring(room) end
  redis.call('ZADD', base .. ':b', now + lease, id)
  redis.call('EXPIRE', base .. ':b', math.ceil(4 * lease))
end
add(':r', bucket, 1)
add(':t', bucket, wanted)
remember(id, bucket, wanted)
return '0'
"""
)
"""ARGV: minute, id, limits of requests, tokens and calls at once (-1: none), tokens, lease, what room is waited for."""

LEAVE = (
    _HEAD
    + """
local id, used = ARGV[2], tonumber(ARGV[3])
redis.call('ZREM', base .. ':b', id)
local noted = used >= 0 and known(id)
if noted then
  local at, amount = string.match(noted, '(%S+) (%S+)')
  if tonumber(at) >= bucket - 60 then add(':t', at, used - tonumber(amount)) end
  local place = base .. ':c:' .. epoch
  if redis.call('HEXISTS', place, id) == 0 then place = base .. ':c:' .. (epoch - 1) end
  redis.call('HSET', place, id, at .. ' ' .. used)
end
return '0'
"""
)
"""ARGV: minute, id, tokens used (-1: not known)."""

REPORT = (
    _HEAD
    + """
for i = 2, #ARGV, 3 do
  local id, age, used = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if not known(id) then
    local at = math.floor((now - age) / width)
    if at >= bucket - 60 then add(':r', at, 1); add(':t', at, used) end
    remember(id, at, used)
  end
end
return '0'
"""
)
"""ARGV: minute, then for each call its id, how many seconds ago it was, the tokens it used."""

RENEW = """
local base, time = KEYS[1], redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local lease = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', base, '-inf', now)
for i = 2, #ARGV do redis.call('ZADD', base, now + lease, ARGV[i]) end
redis.call('EXPIRE', base, math.ceil(4 * lease))
return tostring(redis.call('ZCARD', base))
"""
"""ARGV: lease, then who lives. KEYS[1] is a set of calls or of processes by the end of their lease."""
