"""Every async test runs twice: on asyncio and on trio. Properties are not held to a time: machines are loaded.

With QUICK in the environment properties are tried with fewer examples, and LOOPS names the event loops that are tried:
for the second and third Python in CI.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=20 if os.environ.get("QUICK") else 100,
)
settings.load_profile("here")


LOOPS = os.environ.get("LOOPS", "asyncio,trio").split(",")


@pytest.fixture(params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The event loop under the test."""
    return str(request.param)
