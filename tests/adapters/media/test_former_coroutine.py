"""A function that was a coroutine of `Result` goes on as one, with a deprecation, and else is an effect."""

from __future__ import annotations

import pytest
from returns.future import FutureResult
from returns.io import IOFailure, IOSuccess
from returns.result import Failure, Result, Success
from returns.unsafe import unsafe_perform_io

from pointsman.adapters.media.former_coroutine import former_coroutine
from pointsman.core.chat.part import Text
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest

WRONG = InvalidRequest(detail="it is empty")


@former_coroutine
async def text_from(text: str) -> Result[Text, InvalidRequest]:
    return Success(Text(text)) if text else Failure(WRONG)


@pytest.mark.anyio
async def test_what_was_written_for_a_coroutine_goes_on_and_is_told_how_it_is_written_now() -> None:
    value: object = (await text_from("a")).unwrap()
    with pytest.warns(DeprecationWarning, match="settle"):
        assert getattr(value, "text") == "a"  # noqa: B009 - a checker knows the new form only
    error: object = (await text_from("")).failure()
    with pytest.warns(DeprecationWarning, match="settle"):
        assert getattr(error, "tag") == "InvalidRequest"  # noqa: B009
    with pytest.raises(AttributeError):
        getattr(value, "nothing")  # noqa: B009


@pytest.mark.anyio
@pytest.mark.filterwarnings("error::DeprecationWarning")
async def test_it_is_an_effect_like_any_other() -> None:
    def next_one(found: Text) -> FutureResult[Text, InvalidRequest]:
        return text_from(found.text + "b")

    assert await settle(text_from("a")) == Success(Text("a"))
    assert await text_from("a") == IOSuccess(Text("a"))
    assert IOFailure(WRONG) == await text_from("")
    assert unsafe_perform_io((await text_from("a")).unwrap()) == Text("a")
    assert await settle(text_from("a").bind(next_one).bind(next_one)) == Success(Text("abb"))
