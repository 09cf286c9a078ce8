"""A small model says of which kind an error is, where it is asked for, words do not tell, and routing needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest

from pointsman import App, ChatRequest, fake, fake_settings, open_app, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.error import ModelUnavailable
from pointsman.core.settings import RoutingSettings
from pointsman.testing import ScriptedClient

ASSERTION = "AssertionError: assert 3 == 4"


@attrs.frozen
class Told:
    app: App
    small: ScriptedClient

    async def task_of(self, task: str, error: str, model: str = "") -> str:
        request = ChatRequest(model, (user("Heal it."),), options=CallOptions(task=task, error=error))
        response = (await settle(self.app.client.chat(request))).unwrap()
        assert response.route is not None
        return response.route.task


@asynccontextmanager
async def routed(answer: str | ModelUnavailable, classifier: str | None = "small/m") -> AsyncIterator[Told]:
    small = ScriptedClient([answer], provider="small")
    routing = RoutingSettings(candidates=("large/m",), error_classifier=classifier)
    settings = attrs.evolve(fake_settings("large", "small"), routing=routing)
    async with open_app(fake({"large": ScriptedClient(provider="large"), "small": small}), settings) as opened:
        yield Told(opened.unwrap(), small)


async def test_where_words_do_not_tell_the_model_is_asked_once_and_recorded() -> None:
    async with routed('```json\n{"kind": "off-by-one"}\n```') as it:
        assert await it.task_of("heal", ASSERTION) == "heal:off-by-one"
        (asked,) = it.small.requests
        assert asked.messages[-1].text == ASSERTION
        assert asked.response_schema is not None
        assert (asked.max_tokens, asked.options.cache) == (64, "off")
        records = (await settle(it.app.stores.usage_log.read())).unwrap()
        assert [record.provider for record in records] == ["small", "large"]


@pytest.mark.parametrize(
    ("task", "error", "model"),
    [
        ("heal", "KeyError: 'a'", ""),
        ("heal:syntax", ASSERTION, ""),
        ("analysis", ASSERTION, ""),
        ("heal", ASSERTION, "large/m"),
    ],
    ids=["words tell", "the task tells", "another task", "a model was named"],
)
async def test_else_nobody_is_asked(task: str, error: str, model: str) -> None:
    async with routed('{"kind": "name"}') as it:
        await it.task_of(task, error, model)
        assert it.small.requests == []


async def test_unless_the_settings_name_a_model_nobody_is_asked() -> None:
    async with routed('{"kind": "name"}', classifier=None) as it:
        assert await it.task_of("heal", ASSERTION) == "heal"
        assert it.small.requests == []


@pytest.mark.parametrize(
    "answer",
    ['{"kind": "unknown"}', '{"kind": 7}', "It is a race.", ModelUnavailable(detail="down")],
    ids=["unknown", "odd", "no JSON", "a failure"],
)
async def test_an_answer_that_says_nothing_leaves_the_kind_open(answer: str | ModelUnavailable) -> None:
    async with routed(answer) as it:
        assert await it.task_of("heal", ASSERTION) == "heal"
