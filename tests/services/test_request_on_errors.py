"""An `InvalidRequest` has the request that is wrong, for the program alone: nothing prints it, keeps it or sends it."""

from __future__ import annotations

import logging
from typing import get_args

import attrs
import pytest
from returns.result import Failure

from pointsman import ChatError, ChatRequest, EmbeddingRequest, InvalidRequest, ask, fake, open_app, settle
from pointsman.adapters.codec import converter
from pointsman.adapters.providers.row import DialectName
from pointsman.adapters.web.envelope import error_body
from pointsman.core.chat.event import Failed
from pointsman.core.chat.request import check
from pointsman.core.error import Attempt, FallbackExhausted
from pointsman.layers.endpoints import load_dialect
from pointsman.services.streams.opening import error_of
from pointsman.testing import ScriptedClient

SECRET = "my password is hunter2"
WRONG = InvalidRequest(detail="temperature is too high")


async def refused(request: ChatRequest, *, streamed: bool = False) -> ChatError:
    async with open_app(fake([WRONG])) as opened:
        client = opened.unwrap().client
        if streamed:
            async with client.stream(request) as events:
                return error_of(next(event for event in [one async for one in events] if isinstance(event, Failed)))
        return (await settle(client.chat(request))).failure()


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_request_stands_on_the_error(streamed: bool) -> None:
    error = await refused(ask("fake/m", SECRET), streamed=streamed)
    assert isinstance(error, InvalidRequest)
    assert isinstance(error.request, ChatRequest)
    assert error.request.messages[0].text == SECRET


async def test_that_of_another_operation_too() -> None:
    async with open_app(fake({"fake": ScriptedClient(error=WRONG)})) as opened:
        error = (await settle(opened.unwrap().client.embed(EmbeddingRequest("fake/e", (SECRET,))))).failure()
    assert isinstance(error, InvalidRequest)
    assert isinstance(error.request, EmbeddingRequest)


def test_our_own_check_tells_it() -> None:
    request = attrs.evolve(ask("m", SECRET), temperature=-3.0)
    assert isinstance(error := check(request).failure(), InvalidRequest)
    assert error.request is request


async def test_nothing_prints_keeps_or_sends_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = await refused(ask("fake/m", SECRET))
    whole = FallbackExhausted(attempts=(Attempt("fake", "m", 1.0, error),))
    for one in (error, whole):
        sent = [load_dialect(name).write_error(one).body for name in get_args(DialectName)]
        kept = converter().dumps(one, unstructure_as=ChatError)
        for text in (repr(one), str(one), one.summary, str(error_body(one)), str(sent), str(kept), caplog.text):
            assert SECRET not in text
    assert isinstance(error, InvalidRequest)
    assert Failure(error) == Failure(attrs.evolve(error, request=None))
