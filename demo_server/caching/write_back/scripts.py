"""The steps of write-back that must be atomic, as Lua scripts of the cache's server.

Every script gets one key, the log's name, in braces: all that it touches lies in one slot.

    NAME:meta        hash: `state` open|closed, `released` the newest id that was taken out
    NAME:log         stream: the entries that are not released
    NAME:dirty:KEY   hash: the sum of the key's entries, `last` its newest id, `n` how many
    NAME:last        hash: key -> the id of its newest entry ever, to tell what is cached by
    NAME:keys        sorted set: the dirty keys by the time of their first entry
    NAME:ops         hash: operation id -> entry id and fingerprint, so that a repetition is known
    NAME:oplog       sorted set: operation ids by time

None of them has a time to live: what is evicted under `volatile-lru` is never one of these.
"""

from __future__ import annotations

from typing import Final

_AFTER: Final = """
local function after(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am > bm or (am == bm and as > bs)
end
"""

APPEND: Final = (
    _AFTER
    + """
-- key, operation, fingerprint, at, guard, floor, kept ms, kept operations, field, value, ...
local name, key, op = KEYS[1], ARGV[1], ARGV[2]
local log, dirty = name .. ':log', name .. ':dirty:' .. key
local state = redis.call('HGET', name .. ':meta', 'state')
if not state or redis.call('EXISTS', log) == 0 then return {'lost'} end
local known = redis.call('HGET', name .. ':ops', op)
if known then
  local id, fingerprint = string.match(known, '^(%S+) (.*)$')
  if fingerprint ~= ARGV[3] then return {'reused'} end
  return {'repeated', id}
end
if state ~= 'open' then return {'closed'} end
if ARGV[5] ~= '*' and (redis.call('HGET', dirty, 'last') or '') ~= ARGV[5] then
  return {'changed'}
end
local fields = {'key', key, 'op', op, 'at', ARGV[4]}
for i = 9, #ARGV do fields[#fields + 1] = ARGV[i] end
local id = redis.call('XADD', log, '*', unpack(fields))
if not after(id, ARGV[6]) then
  -- The clock went back, or the log lost its end: an id that is applied already would be skipped.
  redis.call('XDEL', log, id)
  redis.call('XSETID', log, ARGV[6])
  id = redis.call('XADD', log, '*', unpack(fields))
end
local ms = string.match(id, '^(%d+)')
if redis.call('HINCRBY', dirty, 'n', 1) == 1 then
  redis.call('HSET', dirty, 'since', id)
  redis.call('ZADD', name .. ':keys', ms, key)
end
redis.call('HSET', dirty, 'last', id, 'at', ARGV[4])
for i = 9, #ARGV, 2 do
  local field = ARGV[i]
  if string.sub(field, 1, 2) == 'a:' then
    redis.call('HINCRBY', dirty, field, ARGV[i + 1])
  else
    redis.call('HSET', dirty, field, ARGV[i + 1], 'i:' .. string.sub(field, 3), id)
  end
end
redis.call('HSET', name .. ':last', key, id)
redis.call('HSET', name .. ':ops', op, id .. ' ' .. ARGV[3])
redis.call('ZADD', name .. ':oplog', ms, op)
local oldest = redis.call('ZRANGE', name .. ':oplog', 0, 1, 'WITHSCORES')
local is_full = redis.call('ZCARD', name .. ':oplog') > tonumber(ARGV[8])
local from = tonumber(ms) - tonumber(ARGV[7])
for i = 1, #oldest, 2 do
  if oldest[i] ~= op and (is_full or tonumber(oldest[i + 1]) < from) then
    redis.call('ZREM', name .. ':oplog', oldest[i])
    redis.call('HDEL', name .. ':ops', oldest[i])
  end
end
return {'appended', id}
"""
)

PENDING: Final = (
    _AFTER
    + """
-- the mark that was read together with the rows, key, key, ...
local name, mark = KEYS[1], ARGV[1]
local meta = redis.call('HMGET', name .. ':meta', 'state', 'released')
if not meta[1] then return {'lost'} end
if after(meta[2], mark) then return {'again'} end
local reply = {'known'}
if meta[2] == mark then
  local is_clean = redis.call('ZCARD', name .. ':keys') == 0
  for i = 2, #ARGV do
    reply[i] = is_clean and {} or redis.call('HGETALL', name .. ':dirty:' .. ARGV[i])
  end
  return reply
end
-- Applied, but not released yet: what the rows do not have is what stands after the mark.
local found, place = {}, {}
for i = 2, #ARGV do place[ARGV[i]] = i end
for _, entry in ipairs(redis.call('XRANGE', name .. ':log', '(' .. mark, '+')) do
  local id, fields = entry[1], entry[2]
  local key = fields[2]
  if place[key] then
    local sum = found[key] or {n = 0, since = id}
    sum.n, sum.last, sum.at = sum.n + 1, id, fields[6]
    for j = 7, #fields, 2 do
      local value = fields[j + 1]
      if string.sub(fields[j], 1, 2) == 'a:' then
        value = (sum[fields[j]] or 0) + tonumber(value)
      end
      sum[fields[j]] = value
    end
    found[key] = sum
  end
end
for i = 2, #ARGV do
  local flat = {}
  for field, value in pairs(found[ARGV[i]] or {}) do
    flat[#flat + 1] = field
    flat[#flat + 1] = type(value) == 'number' and string.format('%.0f', value) or value
  end
  reply[i] = flat
end
return reply
"""
)

RELEASE: Final = (
    _AFTER
    + """
-- the newest id that the database has; XTRIM is first, so that it works when memory is full, too
local name, mark = KEYS[1], ARGV[1]
local log, meta = name .. ':log', name .. ':meta'
local released = redis.call('HGET', meta, 'released')
if not released then return 0 end
local sums = {}
local entries = redis.call('XRANGE', log, '-', mark)
for _, entry in ipairs(entries) do
  local fields = entry[2]
  local sum = sums[fields[2]] or {n = 0, adds = {}}
  sum.n = sum.n + 1
  for j = 7, #fields, 2 do
    if string.sub(fields[j], 1, 2) == 'a:' then
      sum.adds[fields[j]] = (sum.adds[fields[j]] or 0) + tonumber(fields[j + 1])
    end
  end
  sums[fields[2]] = sum
end
local ms, sequence = string.match(mark, '^(%d+)-(%d+)$')
redis.call('XTRIM', log, 'MINID', ms .. '-' .. string.format('%.0f', tonumber(sequence) + 1))
for key, sum in pairs(sums) do
  local dirty = name .. ':dirty:' .. key
  if tonumber(redis.call('HGET', dirty, 'n') or 0) <= sum.n then
    redis.call('DEL', dirty)
    redis.call('ZREM', name .. ':keys', key)
  else
    redis.call('HINCRBY', dirty, 'n', -sum.n)
    for field, number in pairs(sum.adds) do
      redis.call('HINCRBY', dirty, field, string.format('%.0f', -number))
    end
    local fields = redis.call('HGETALL', dirty)
    for j = 1, #fields, 2 do
      if string.sub(fields[j], 1, 2) == 'i:' and not after(fields[j + 1], mark) then
        redis.call('HDEL', dirty, fields[j], 's:' .. string.sub(fields[j], 3))
      end
    end
    redis.call('HSET', dirty, 'since', mark)
    redis.call('ZADD', name .. ':keys', ms, key)
  end
end
if after(mark, released) then redis.call('HSET', meta, 'released', mark) end
return #entries
"""
)

OPEN: Final = (
    _AFTER
    + """
-- the mark of the database, 1 when a log that is not there may be begun, 1 to let entries in
local name, mark = KEYS[1], ARGV[1]
local log, meta = name .. ':log', name .. ':meta'
local is_there = redis.call('HEXISTS', meta, 'state') == 1 and redis.call('EXISTS', log) == 1
if not is_there then
  if ARGV[2] ~= '1' then return 'lost' end
  redis.call('DEL', log, meta, name .. ':keys', name .. ':ops', name .. ':oplog')
  redis.call('XDEL', log, redis.call('XADD', log, '*', 'key', '', 'op', ''))
  redis.call('HSET', meta, 'released', mark)
end
if after(redis.call('HGET', meta, 'released'), mark) then
  redis.call('HSET', meta, 'released', mark)  -- the database was put back to an older copy
end
if not is_there or ARGV[3] == '1' then redis.call('HSET', meta, 'state', 'open') end
local last = ''
local told = redis.call('XINFO', 'STREAM', log)
for i = 1, #told, 2 do
  if told[i] == 'last-generated-id' then last = told[i + 1] end
end
if after(mark, last) then redis.call('XSETID', log, mark) end
return 'open'
"""
)

CLOSE: Final = """
-- no more entries, if there are none now
local name = KEYS[1]
if redis.call('HEXISTS', name .. ':meta', 'state') == 0 then return 'lost' end
if redis.call('XLEN', name .. ':log') > 0 then return 'pending' end
redis.call('HSET', name .. ':meta', 'state', 'closed')
return 'closed'
"""

NEWEST: Final = """
local name, key = KEYS[1], ARGV[1]
if redis.call('HEXISTS', name .. ':meta', 'state') == 0 then return {} end
local last = redis.call('HGET', name .. ':last', key) or ''
return {last, redis.call('EXISTS', name .. ':dirty:' .. key)}
"""

STATE: Final = """
-- the mark of the database, how many dirty keys to tell of
local name, mark, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local log = name .. ':log'
local meta = redis.call('HMGET', name .. ':meta', 'state', 'released')
if not meta[1] or redis.call('EXISTS', log) == 0 then return {'lost'} end
local last = ''
local told = redis.call('XINFO', 'STREAM', log)
for i = 1, #told, 2 do
  if told[i] == 'last-generated-id' then last = told[i + 1] end
end
local first = redis.call('XRANGE', log, '(' .. mark, '+', 'COUNT', 1)
local length, replayed = redis.call('XLEN', log), 0
if meta[2] ~= mark then replayed = #redis.call('XRANGE', log, '-', mark) end
local keys = redis.call('ZRANGE', name .. ':keys', 0, most - 1)
local dirty = {}
for i, key in ipairs(keys) do
  dirty[i] = {key, redis.call('HGETALL', name .. ':dirty:' .. key)}
end
return {
  meta[1], last, length, length - replayed, first[1] and first[1][1] or '',
  redis.call('ZCARD', name .. ':keys'), dirty,
}
"""
