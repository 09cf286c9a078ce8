"""Which models a key opens, once it is known what their names stand for."""

from __future__ import annotations

import pytest
from returns.result import Success

from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.testing import ScriptedClient
from tests.managed import managed


@pytest.mark.parametrize(
    ("pattern", "target", "is_open"),
    [
        ("a/*", "a/auto", True),
        ("a/auto", "a/a/auto", True),
        ("a/auto", "b/a/auto", False),
        ("b/*", "b/a/auto", True),
        ("b/*", "a/a/auto", False),
    ],
)
async def test_a_key_opens_a_name_at_the_provider_that_the_name_says(pattern: str, target: str, is_open: bool) -> None:
    key = VirtualKey(id="k", name="k", prefix="pk", digest=b"", created=0.0, models=(pattern,))
    async with managed({"a": ScriptedClient(provider="a"), "b": ScriptedClient(provider="b")}) as app:
        names = app.manager.names
        names._chosen["a/auto"] = target
        names._expires = float("inf")
        assert (isinstance(await find_allowed_models(app, key, "a/auto"), Success)) is is_open
