"""The plug-in keeps pointsman's laws; beyond them, what only it knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pointsman_timetable.departures import next_train
from pointsman_timetable.extractor import KIND, TimetableExtractor
from pointsman_timetable.provider import make

from pointsman import Client, ProviderSettings, Settings, ask, fake, open_app, own_provider, settle, tool_of
from pointsman.ports import RawDocument
from pointsman.testing.laws import client, extractor, tools

PROVIDER = ProviderSettings(name="timetable", kind="custom", model="board")


@asynccontextmanager
async def opened() -> AsyncIterator[Client]:
    settings = Settings(providers={"timetable": PROVIDER}, default_provider="timetable")
    async with open_app(fake() | own_provider("timetable", make(PROVIDER)), settings) as app:
        yield app.unwrap().clients["timetable"]


@pytest.mark.parametrize("law", client.LAWS)
async def test_the_provider_keeps_the_laws(law: client.Law) -> None:
    await law(opened)


@pytest.mark.parametrize("law", tools.LAWS)
async def test_the_tool_keeps_the_laws(law: tools.Law) -> None:
    await law(tools.Example(tool_of(next_train).unwrap(), '{"to": "Brig", "after": "9:00"}'))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When is the next train to Brig after 9:00?", "The next train to Brig leaves at 9:12."),
        ("And to chur?", "The next train to Chur leaves at 7:30."),
        ("To Chur after 16:00?", "No train leaves for Chur after 16:00."),
        ("To Chur after 29:00?", "29:00 is no time of the day."),
        ("How are you?", "I only know when trains leave for Brig and Chur."),
    ],
)
async def test_the_board_is_never_wrong(question: str, said: str) -> None:
    async with opened() as board:
        assert (await settle(board.chat(ask("", question)))).unwrap().text == said


TRIAL = extractor.ExtractorTrial(
    extractor=TimetableExtractor(),
    good=RawDocument("brig.timetable", b"9:12 Brig\n23:48 Brig\n"),
    media_type=KIND,
    words="A train leaves for Brig at 23:48.",
    broken=(RawDocument("odd.timetable", b"soon Brig"), RawDocument("late.timetable", b"9:12 Brig\n25:00 Chur")),
)


@pytest.mark.parametrize("law", extractor.LAWS)
async def test_the_extractor_keeps_the_laws(law: extractor.Law) -> None:
    await law(TRIAL)
