"""For every command the keys we count are the look-ups that the server counts."""

from __future__ import annotations

import pytest
import redis

from backend_tui.panes.cache.observation import raw_connection
from backend_tui.panes.cache.observation.lookups import Lookups, hides_lookups
from tests.real_caches import CacheServer

# Each is run on keys of its type (s l S h z x p g) and on absent ones (no, no2 …).
COMMANDS = """
GET s|GET no|MGET s no s|STRLEN s|EXISTS s no no|TTL s|PTTL no|TYPE s|DUMP s|GETRANGE s 0 1
SUBSTR s 0 1|GETEX s|GETEX no PERSIST|GETDEL s|GETDEL no|GETSET s q|GETSET no q|SET s v GET
SET no v GET|set s v nx get|SET s get|SET s v EX 10|SETNX s a|INCR no|APPEND s x|TOUCH s no
GETBIT s 1|BITCOUNT s|BITPOS s 1|BITFIELD s GET u8 0|BITFIELD_RO s GET u8 0
BITFIELD no SET u8 0 1|BITOP AND d s no|LRANGE l 0 1|LLEN l|LINDEX l 0|LPOS l a|LPOP l
RPOPLPUSH l l2|LMPOP 1 l LEFT|SORT S ALPHA|SORT no ALPHA STORE d|SORT_RO S ALPHA|SMEMBERS S
SISMEMBER S a|SMISMEMBER S a b|SCARD S|SRANDMEMBER S|SINTER S no|SUNION S no|SDIFF S no
SINTERCARD 2 S no|SINTERSTORE d S no|SUNIONSTORE d S no|SDIFFSTORE d S no|SMOVE S d a|SSCAN S 0
HGET h f|HGET h nf|HGETALL h|HMGET h f g|HLEN h|HKEYS h|HVALS h|HEXISTS no f|HSTRLEN h f
HRANDFIELD h|HSCAN no 0|HINCRBY h f 1|ZRANGE z 0 -1|ZCARD z|ZSCORE z a|ZMSCORE z a|ZRANK z a
ZCOUNT z 0 1|ZRANGEBYSCORE z 0 1|ZRANGESTORE d z 0 -1|ZUNION 2 z no|ZINTER 2 z no|ZDIFF 2 z no
ZINTERCARD 2 z no|ZUNIONSTORE d 2 z no WEIGHTS 1 2|ZINTERSTORE d 2 z no|ZDIFFSTORE d 2 z no
ZRANDMEMBER z|ZPOPMIN z|ZSCAN z 0|XRANGE x - +|XREVRANGE x + -|XLEN no
XREAD COUNT 2 STREAMS x no 0 0|XREAD STREAMS x $|XREADGROUP GROUP grp c STREAMS x >
XINFO STREAM x|XINFO GROUPS x|XPENDING x grp|XACK x grp 1-1|XCLAIM x grp c 0 1-1
XAUTOCLAIM x grp c 0 0|XADD x * a 1|XTRIM x MAXLEN 5|XDEL x 1-1|PFCOUNT p|PFCOUNT p no
PFMERGE d p no|PFMERGE p p|PFADD p a|GEOPOS g a|GEODIST g a a|GEOHASH g a
GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km|GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 km
GEORADIUS g 1 1 1 km|GEORADIUS g 1 1 1 km STORE d|GEORADIUSBYMEMBER g a 1 km
GEORADIUS_RO g 1 1 1 km|LCS s no|COPY s d|COPY no d|RENAME s s2|MOVE s 3|EXPIRE s 100|PERSIST s
EXPIRETIME s|PEXPIRETIME no|SCAN 0|SCAN 0 MATCH s*|KEYS *|RANDOMKEY|MEMORY USAGE s
MEMORY USAGE no|DBSIZE|DEL s|UNLINK no|WATCH s|OBJECT ENCODING s|OBJECT ENCODING no|BLPOP l 0.01
BLMOVE l l2 LEFT LEFT 0.01|SETEX s 10 v|MSETNX s 1 no 2|SETRANGE s 0 a|SETBIT s 0 1
INCRBYFLOAT no 1|LPUSHX no a|LREM l 0 a|LSET l 0 z|HSETNX h f 1|HDEL h f|ZADD z 1 a|ZREM z a
ZINCRBY z 1 a|SADD S a|SREM S a|SPOP S
"""
NEWER = """
HGETEX h FIELDS 1 f|HSETEX h FIELDS 1 f v|HEXPIRE h 10 FIELDS 1 f|HTTL no FIELDS 1 f
SET s v IFEQ v GET|DELIFEQ s v
"""


def fill(client: redis.Redis) -> None:
    client.flushall()
    client.set("s", "v")
    client.rpush("l", "a", "b")
    client.sadd("S", "a", "b")
    client.hset("h", "f", "1")
    client.zadd("z", {"a": 1, "b": 2})
    client.xadd("x", {"a": 1})
    client.xgroup_create("x", "grp", "0")
    client.pfadd("p", "a")
    client.geoadd("g", (1, 1, "a"))


def test_the_keys_we_count_are_the_look_ups_of_the_server(
    server: CacheServer, client: redis.Redis
) -> None:
    connection = raw_connection.opened(server.url)
    lookups = Lookups(connection.ask("COMMAND"))
    commands = COMMANDS.replace("\n", "|").strip("|").split("|")
    if server.kind == "valkey":
        commands += NEWER.replace("\n", "|").strip("|").split("|")
    different: list[str] = []
    for command in commands:
        words = command.split(" ")
        fill(client)
        before = client.info("stats")
        connection.ask(*words)
        after = client.info("stats")
        counted = sum(after[name] - before[name] for name in ("keyspace_hits", "keyspace_misses"))
        ours = len(lookups.keys(words[0].lower().encode(), [word.encode() for word in words]))
        if counted != ours:
            different.append(f"{command}: the server counts {counted}, we {ours}")
    connection.close()
    assert different == []
    assert len(commands) > 150


@pytest.mark.parametrize(
    ("command", "is_hiding"),
    [
        ("SORT S BY w_*", True),
        ("SORT_RO S GET o_*", True),
        ("SCAN 0 TYPE string", True),
        ("SORT S ALPHA", False),
        ("GET BY", False),
    ],
)
def test_commands_that_look_up_more_than_they_name_are_known(command: str, is_hiding: bool) -> None:
    words = [word.encode() for word in command.split(" ")]
    assert hides_lookups(words[0].lower(), words) is is_hiding


def test_a_server_without_key_specifications_is_understood() -> None:
    old = [[b"get", 2, [b"readonly"], 1, 1, 1], [b"mget", -2, [b"readonly"], 1, -1, 1]]
    lookups = Lookups([*old, [b"set", -3, [b"write"], 1, 1, 1]])
    assert lookups.keys(b"get", [b"GET", b"a"]) == [b"a"]
    assert lookups.keys(b"mget", [b"MGET", b"a", b"b", b"a"]) == [b"a", b"b", b"a"]
    assert lookups.keys(b"set", [b"SET", b"a", b"v"]) == []
    assert lookups.keys(b"set", [b"SET", b"a", b"v", b"GET"]) == [b"a"]
