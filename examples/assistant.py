"""Two typed tools, and an answer that is a value of a nested class."""

from typing import Annotated

import attrs

import pointsman as p


@attrs.frozen
class Leg:
    train: str
    departs: Annotated[str, "such as 14:32"]


@attrs.frozen
class Journey:
    legs: list[Leg]
    minutes: int


async def departures(station: str, to: Annotated[str, "where the train goes"]) -> list[Leg]:
    """The next trains from a station."""
    return [Leg("IC 8", "14:32")]


def minutes(train: str) -> int:
    """How long a train takes."""
    return 56


async def plan(app: p.App, question: str) -> Journey | p.LLMError:
    client = app.manager.tooled(p.tool_of(departures).unwrap(), p.tool_of(minutes).unwrap())
    outcome = await p.settle(p.ask_for(client, p.ask("", question), Journey))
    return outcome.map(lambda found: found.value).value_or(None) or outcome.failure()
