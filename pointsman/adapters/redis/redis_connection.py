"""A connection of coredis that leaves nothing open."""

from __future__ import annotations

from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from coredis.connection import TCPConnection


class RedisConnection(TCPConnection):
    """As coredis's, which closes its buffers only where a connection came about; Python warns of each that it loses."""

    async def run(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """As `TCPConnection.run`."""
        try:
            await super().run(task_status=task_status)
        finally:
            for buffer in vars(self).values():
                if isinstance(buffer, MemoryObjectSendStream | MemoryObjectReceiveStream):
                    buffer.close()
