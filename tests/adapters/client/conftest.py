"""What talks to sockets runs on uvloop too, which is what `pointsman serve` runs on."""

import importlib.util
from typing import Any

import pytest

_LOOPS: list[Any] = ["asyncio", "trio"]
if importlib.util.find_spec("uvloop") is not None:
    _LOOPS.append(pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"))


@pytest.fixture(params=_LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The event loop under the test."""
    return request.param
