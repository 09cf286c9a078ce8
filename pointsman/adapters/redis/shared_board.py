"""The board of all processes in a Redis or Valkey server: one script writes what is new here, and reads what is there.

`:rows` holds who wrote each row, when, and what; `:order` the number of its last writing, `:times` the time of it.
`:epoch` is made anew by a server that has forgotten everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex

import attrs
from returns.result import Result

from pointsman.adapters.redis.redis_client import RedisServer, Value, key_of
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.json import as_list, as_text, float_or_none, loads
from pointsman.services.ports.shared_board import KEPT_SECONDS, BoardNews, BoardRow

EXCHANGE = """
local base, time = KEYS[1], redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local process, known, since, kept = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local epoch = redis.call('GET', base .. ':epoch')
if not epoch then
  epoch = ARGV[5]
  redis.call('SET', base .. ':epoch', epoch)
end
if known ~= epoch then since = 0 end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', base .. ':times', '-inf', now - kept, 'LIMIT', 0, 1000)) do
  redis.call('HDEL', base .. ':rows', name)
  redis.call('ZREM', base .. ':order', name)
  redis.call('ZREM', base .. ':times', name)
end
local news = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', base .. ':order', '(' .. since, '+inf')) do
  local row = cjson.decode(redis.call('HGET', base .. ':rows', name))
  if row[1] ~= process then
    news[#news + 1] = name
    news[#news + 1] = tostring(math.max(0, now - tonumber(row[2])))
    news[#news + 1] = row[3]
  end
end
for i = 6, #ARGV, 2 do
  local number = redis.call('INCR', base .. ':number')
  redis.call('HSET', base .. ':rows', ARGV[i], cjson.encode({ process, string.format('%.6f', now), ARGV[i + 1] }))
  redis.call('ZADD', base .. ':order', number, ARGV[i])
  redis.call('ZADD', base .. ':times', now, ARGV[i])
end
for _, part in ipairs({ ':epoch', ':rows', ':order', ':times', ':number' }) do
  redis.call('EXPIRE', base .. part, math.ceil(2 * kept))
end
return cjson.encode({ epoch, tostring(redis.call('GET', base .. ':number') or 0), unpack(news) })
"""
"""ARGV: process, epoch and number of its last reading, how long rows are kept, an epoch, then names and texts."""


@attrs.frozen
class RedisBoard:
    """`SharedBoard` in `server`; rows stand for `kept` seconds."""

    server: RedisServer
    kept: float = KEPT_SECONDS

    @effect
    async def exchange(self, process: str, rows: Mapping[str, str], position: str) -> Result[BoardNews, StorageError]:
        """As `SharedBoard.exchange`."""
        epoch, _, number = position.partition(" ")
        written = [part for row in rows.items() for part in row]
        values: tuple[Value, ...] = (process, epoch, number or "0", self.kept, token_hex(8), *written)
        return (await self.server.run(EXCHANGE, key_of("board"), values)).map(lambda text: _news(text, epoch))


def _news(text: str, known: str) -> BoardNews:
    epoch, number, *parts = [as_text(part) for part in as_list(loads(text).value_or([]))] or ["", "0"]
    rows = zip(parts[::3], parts[1::3], parts[2::3], strict=False)
    return BoardNews(
        rows=tuple(BoardRow(name, text, float_or_none(loads(age).value_or(None)) or 0.0) for name, age, text in rows),
        position=f"{epoch} {number}",
        is_new=bool(known) and epoch != known,
    )
