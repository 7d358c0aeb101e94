"""Five steps that nothing may interrupt: Lua for Redis and Valkey; other stores have their own.

In a command they stand like Redis's own: `("FILL", key, lease, token, value, milliseconds)`.
A key and its lease lie in one slot of a cluster. 0 milliseconds is for ever.

TAKE key lease token ms            the value when it is there, else 1 when the lease is now ours,
                                   0 when it is somebody else's
FILL key lease token value ms      1 when the lease was still ours: stored, lease given back
PUT key lease token value ms v     1 when stored: no newer version is there, and nobody has deleted
                                   the lease since it was taken
NEWER key value ms v               1 when stored: no newer version is there
RELEASE lease token                1 when the lease was still ours: given back
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from demo_server.caching.store import Command

_STORE = """
local function store(key, value, ms)
  if tonumber(ms) > 0 then redis.call('SET', key, value, 'PX', ms)
  else redis.call('SET', key, value) end
  return 1
end
local function version(key)
  local stored = redis.call('GET', key)
  return stored and tonumber(string.match(stored, '^\\129v=(%d+)') or 0)
end
"""
_TAKE = """
local value = redis.call('GET', KEYS[1])
if value then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return 1 end
return 0
"""
_FILL = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
return store(KEYS[1], ARGV[2], ARGV[3])
"""
_PUT = """
local there, held = version(KEYS[1]), redis.call('GET', KEYS[2]) == ARGV[1]
if held then redis.call('DEL', KEYS[2]) end
if there and there > tonumber(ARGV[4]) then return 0 end
if held or (there and there > 0) then return store(KEYS[1], ARGV[2], ARGV[3]) end
redis.call('DEL', KEYS[1], KEYS[2])
return 0
"""
_NEWER = """
local there = version(KEYS[1])
if there and there > tonumber(ARGV[3]) then return 0 end
return store(KEYS[1], ARGV[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

SHRINK: Final = """
local shrunk = 0
for _, key in ipairs(KEYS) do
  local left = redis.call('PTTL', key)
  if left > 0 then
    redis.call('PEXPIRE', key, math.max(1, left - ARGV[1]))
    shrunk = shrunk + 1
  end
end
return shrunk
"""
"""Takes so many milliseconds from the time to live of each key; how many had one."""

_SCRIPTS: Final[dict[object, tuple[str, int]]] = {
    "TAKE": (_TAKE, 2),
    "FILL": (_STORE + _FILL, 2),
    "PUT": (_STORE + _PUT, 2),
    "NEWER": (_STORE + _NEWER, 1),
    "RELEASE": (_RELEASE, 1),
}


def as_redis(command: Command) -> Command:
    """The command as the server knows it."""
    found = _SCRIPTS.get(command[0])
    return command if found is None else ("EVAL", *found, *command[1:])
