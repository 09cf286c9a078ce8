"""The timetable as a provider: it understands one kind of question, and is never wrong about it."""

from __future__ import annotations

import re

from pointsman import ChatRequest, Client, ProviderSettings, client_of
from pointsman_timetable.departures import DEPARTURES, next_train

_TOWNS = tuple(dict.fromkeys(town for _, town in DEPARTURES))


async def answer(request: ChatRequest) -> str:
    """When the next train leaves for the town that the question names, after the time that it names."""
    question = request.messages[-1].text
    town = next((town for town in _TOWNS if town.casefold() in question.casefold()), None)
    if town is None:
        return f"I only know when trains leave for {' and '.join(_TOWNS)}."
    time = re.search(r"\d?\d:\d\d", question)
    found = next_train(town, time[0] if time else "0:00")
    return found.value_or(f"{time[0] if time else ''} is no time of the day.")


def make(settings: ProviderSettings) -> Client:
    """The client; it needs no address and no key."""
    return client_of(answer, name=settings.name, models=("board",))
