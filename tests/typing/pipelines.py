"""Never run: two type checkers read it. What combinators infer; what they refuse stands in `tests/test_types.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never, TypeAlias, assert_type

import attrs
from returns.context import RequiresContextFutureResult
from returns.future import FutureResult
from returns.result import Result

import pointsman as p
from pointsman import pipelines as pl

Down: TypeAlias = p.ModelUnavailable | p.NetworkError
Q = p.ask("m", "hello")


class Client:
    """A client that can fail in two ways."""

    def chat(self, request: p.ChatRequest) -> FutureResult[p.ChatResponse, Down]:
        return pl.fail(p.NetworkError())

    def models(self, *, detailed: bool = False) -> FutureResult[tuple[str, ...], Down]:
        return pl.succeed(())


@attrs.frozen
class Mine:
    """An error of one's own."""


@pl.effect
async def count(response: p.ChatResponse) -> Result[int, Mine]:
    raise NotImplementedError


@pl.program
async def answer(app: p.App, question: str) -> Result[str, p.LLMError]:
    raise NotImplementedError


@pl.program
def measure(app: p.App, text: str) -> FutureResult[int, Mine]:
    raise NotImplementedError


async def steps(client: Client, app: p.App) -> None:
    patient = pl.retry(pl.exponential(0.5) & pl.recurs(3), app)(client.models)
    await assert_type(patient(detailed=True), FutureResult[tuple[str, ...], Down])
    ask = pl.pipe(client.chat, pl.retry(pl.POLITE, app), pl.throttle(5, 1.0, app), pl.within(20.0, app))
    await assert_type(ask(Q), FutureResult[p.ChatResponse, Down | pl.Overdue])
    await assert_type(pl.repeat(pl.recurs(1), app)(ask)(Q), FutureResult[p.ChatResponse, Down | pl.Overdue])
    await assert_type(pl.traverse(ask, limit=5)([Q]), FutureResult[tuple[p.ChatResponse, ...], Down | pl.Overdue])
    collect = pl.traverse(client.chat, limit=5, mode="collect")
    await assert_type(collect([Q]), FutureResult[tuple[p.ChatResponse, ...], tuple[Down, ...]])
    assert_type(await pl.each(client.chat, limit=5)([Q]), tuple[Result[p.ChatResponse, Down], ...])
    await assert_type(pl.race(client.chat, ask)(Q), FutureResult[p.ChatResponse, tuple[Down | pl.Overdue, ...]])
    await assert_type(pl.fallback(client.chat, ask)(Q), FutureResult[p.ChatResponse, Down | pl.Overdue])
    await assert_type(pl.then(client.chat, count)(Q), FutureResult[int, Down | Mine])
    await assert_type(pl.tap(client.chat, lambda response: print(response.text))(Q), FutureResult[p.ChatResponse, Down])
    await assert_type(
        pl.cached(client.chat, env=app, key=lambda request: request.model)(Q), FutureResult[p.ChatResponse, Down]
    )
    await assert_type(pl.succeed(1), FutureResult[int, Never])


async def programs(app: p.App) -> None:
    patient = pl.pipe(answer("Which way?"), pl.retry(pl.POLITE), pl.throttle(5, 1.0), pl.within(20.0))
    assert_type(patient, p.Program[str, p.LLMError | pl.Overdue])
    assert_type(answer("Which way?"), p.Program[str])
    await assert_type(patient(app), FutureResult[str, p.LLMError | pl.Overdue])
    assert_type(pl.then(patient, measure), p.Program[int, p.LLMError | pl.Overdue | Mine])
    assert_type(pl.race(answer("a"), answer("b")), p.Program[str, tuple[p.LLMError, ...]])
    assert_type(pl.fallback(measure("a"), answer("b")), p.Program[int | str, Mine | p.LLMError])
    assert_type(pl.all_of([answer("a")], limit=2), p.Program[tuple[str, ...], p.LLMError])
    assert_type(pl.all_of([answer("a")], limit=2, mode="collect"), p.Program[tuple[str, ...], tuple[p.LLMError, ...]])
    assert_type(pl.all_of([measure("a")], limit=2, mode="each"), p.Program[tuple[Result[int, Mine], ...], Never])
    assert_type(pl.tap(answer("a"), print), p.Program[str])
    closed = p.provide(patient, p.live, p.Settings())
    await assert_type(closed, FutureResult[str, p.LLMError | pl.Overdue])


# Errors: exact in both checkers where the result is returned or annotated. In pyright also where it is not.


def shorter(error: p.ModelUnavailable) -> FutureResult[str, Mine]:
    return pl.fail(Mine())


def one_is_left(client: Client) -> FutureResult[p.ChatResponse | str, p.NetworkError | Mine]:
    return pl.catch(p.ModelUnavailable, shorter)(client.chat(Q))


def of_a_step(client: Client) -> Callable[[p.ChatRequest], FutureResult[p.ChatResponse | str, p.NetworkError]]:
    return pl.recover(p.ModelUnavailable, lambda error: "Later.")(client.chat)


def of_a_program(text: str) -> p.Program[int, Never]:
    return pl.recover(Mine, lambda mine: 0)(measure(text))


def one_after_the_other(client: Client) -> FutureResult[p.ChatResponse | str, Never]:
    left: FutureResult[p.ChatResponse | str, p.NetworkError] = pl.recover(p.ModelUnavailable, str)(client.chat(Q))
    return pl.recover(p.NetworkError, str)(left)


def handled_by_hand(client: Client) -> FutureResult[p.ChatResponse, p.NetworkError]:
    def handle(error: Down) -> FutureResult[p.ChatResponse, p.NetworkError]:
        return pl.succeed(p.ChatResponse()) if isinstance(error, p.ModelUnavailable) else pl.fail(error)

    return client.chat(Q).lash(handle)


def widened(client: Client) -> FutureResult[int, Down | Mine]:
    def measure_it(response: p.ChatResponse) -> FutureResult[int, Down | Mine]:
        return count(response)

    return pl.widen(Mine)(client.chat(Q)).bind(measure_it)


# An environment of one's own.


@attrs.frozen
class Notes:
    """App, and what is one's own."""

    app: p.App
    text: str


def app_of(notes: Notes) -> p.App:
    return notes.app


@pl.program
async def note(notes: Notes, title: str) -> Result[str, Mine]:
    raise NotImplementedError


def both(title: str) -> RequiresContextFutureResult[str, Mine | p.LLMError, Notes]:
    def ask(text: str) -> RequiresContextFutureResult[str, p.LLMError, Notes]:
        return answer(text).modify_env(app_of)

    return pl.then(note(title), ask)
