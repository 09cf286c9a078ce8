"""A server that is stopped while it begins: it ends, though nobody has heard yet that it serves."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from starlette.applications import Starlette

from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.uvicorn_server import server_running
from tests.patience import GUARD


@pytest.fixture
def anyio_backend() -> str:
    """uvicorn knows no other."""
    return "asyncio"


@pytest.mark.parametrize("moment", ["as it begins", "while its application does"])
async def test_whoever_stops_it_while_it_begins_does_not_wait_for_ever(moment: str) -> None:
    ending, scope, served = Ending(), anyio.CancelScope(), list[bool]()

    @asynccontextmanager
    async def begin(app: Starlette) -> AsyncIterator[None]:
        scope.cancel()
        yield

    if moment == "as it begins":
        scope.cancel()
    with anyio.fail_after(GUARD), socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with scope:
            async with server_running(Starlette(lifespan=begin), (listener,), ending):
                await anyio.lowlevel.checkpoint()
                served.append(True)
        assert (served, scope.cancelled_caught, ending.over.is_set()) == ([], True, True)
