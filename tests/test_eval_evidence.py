"""`pointsman eval recommend`, `apply` and `forget`, and where calls go then, as a person sees it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import attrs
import pytest
from returns.result import Success

from pointsman import App, ChatRequest, HealingOutcome, Settings, fake, fake_settings, open_app, user
from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.money.cost import FREE
from pointsman.core.routing.evidence import IN_USE, Evidence
from pointsman.services.event_bus import EventBus
from pointsman.services.routing.evidence_keeper import EvidenceKeeper
from pointsman.testing import ScriptedClient, VirtualClock, failing
from pointsman.wiring.live_wiring import LiveWiring
from tests.core.evaluation.rows import items, manifest, row

SETTINGS = """
default_provider = "sim"
database = "own.db"
[providers.sim]
kind = "custom"
base_url = "http://127.0.0.1:9/v1"
[routing]
candidates = ["sim/sim-b", "sim/sim-a", "sim/sim-c"]
"""
A_RACE = "fatal error: concurrent map writes"


@attrs.frozen
class Line:
    """Runs command lines in this process, in a folder of their own."""

    folder: Path

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run_line(arguments, Terminal(out, err, io.StringIO()), LiveWiring(), (), "0")
        return code, out.getvalue(), err.getvalue()

    def evidence(self, what: str, *arguments: str) -> tuple[int, str, str]:
        return self("eval", what, *arguments, "--config", "settings.toml")

    def explain(self, task: str, text: str) -> str:
        code, out, err = self("route", "--config", "settings.toml", "--explain", "--task", task, text)
        assert code == 0, err
        return out

    def ranked(self, task: str, text: str) -> list[str]:
        line = self("route", "--config", "settings.toml", "--json", "--task", task, text)
        return [one["model"].removeprefix("sim/") for one in json.loads(line[1])["ranked"]]


async def write_run(path: Path, run: RunManifest, cases: dict[str, RunItem], rows: list[JudgedAnswer]) -> None:
    async with LiveWiring().open_run_store(str(path)) as opened:
        store = opened.unwrap()
        await settle(store.begin(attrs.evolve(run, items=len(cases)), tuple(cases.values())))
        for one in rows:
            await settle(store.ask(one.answer.question, FREE))
            assert await settle(store.keep_answer(one.answer)) == Success(None)
            assert await settle(store.keep_verdict(one.answer.question, one.verdict)) == Success(None)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A folder with a run: sim-a heals all races and half of the rest, sim-b the other way round."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    run = manifest("sim/sim-a", "sim/sim-b", id="r", began=1.9e9)
    cases = items(12, ("concurrency", "syntax"))
    heals = {"sim/sim-a": "concurrency", "sim/sim-b": "syntax"}
    rows = [
        row(id, model, case.kind == kind or number % 4 < 2)
        for number, (id, case) in enumerate(cases.items())
        for model, kind in heals.items()
    ]
    anyio.run(write_run, tmp_path / "r.db", run, cases, rows)
    return Line(tmp_path)


def test_a_run_recommends_a_model_for_each_kind_with_its_interval(line: Line) -> None:
    code, out, err = line("eval", "recommend", "r.db")
    assert code == 0, err
    shown = dict(text.split("\t", 1) for text in out.splitlines())
    assert shown["concurrency"].startswith("sim/sim-a\t100 % (76–100)\t12 of 12\t")
    assert list(shown) == ["concurrency", "syntax", "all kinds"]
    assert "no difference seen" in shown["all kinds"]
    found = json.loads(line("eval", "recommend", "r.db", "--json")[1])
    assert [one["model"] for one in found["recommendations"][:2]] == ["sim/sim-a", "sim/sim-b"]


def test_what_is_applied_decides_where_errors_go_until_it_is_forgotten(line: Line) -> None:
    before = line.ranked("heal", A_RACE)
    assert before == ["sim-b", "sim-a", "sim-c"]
    code, shown, err = line.evidence("apply", "r.db", "--dry-run")
    assert (code, len(shown.splitlines())) == (0, 4), err
    assert line.ranked("heal", A_RACE) == before
    assert "Routing goes by r now" in line.evidence("apply", "r.db")[2]
    assert "nothing was changed" in line.evidence("apply", "r.db")[2]
    explained = line.explain("heal:concurrency", "…")
    assert "task heal:concurrency, strategy task" in explained
    assert "1. sim/sim-a: run r: healed 12 of 12 concurrency (100 %, 76 to 100)" in explained
    assert "sim/sim-c: no evidence, so 50 % expected" in explained
    assert line.explain("heal", A_RACE).startswith("task heal:concurrency,")
    assert line.ranked("heal", A_RACE)[0] == "sim-a"
    assert line.ranked("heal", "SyntaxError: invalid syntax")[0] == "sim-b"
    assert line.ranked("analysis", A_RACE) == before
    assert "Forgotten: 4 rows" in line.evidence("forget", "r.db")[2]
    assert "There was no evidence of a run 'r'" in line.evidence("forget", "r")[2]
    assert line.ranked("heal", A_RACE) == before


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ('["sim/sim-b"]', "Routing does not choose sim/sim-a: `candidates` in [routing] does not name them."),
        ("[]", "`candidates` in [routing] names others, as sim/sim-a, sim/sim-b."),
        ('["sim/sim-b", "a"]\n[aliases]\na = "sim/sim-a"', "forget r`.\n"),
    ],
)
def test_models_of_a_run_that_routing_cannot_choose_are_named(line: Line, named: str, said: str) -> None:
    (line.folder / "settings.toml").write_text(SETTINGS.partition("candidates")[0] + f"candidates = {named}\n")
    assert line.evidence("apply", "r.db")[2].endswith(f"{said}\n".replace("\n\n", "\n"))


def test_a_run_whose_measurement_is_wrong_and_one_of_tasks_are_not_applied(line: Line, tmp_path: Path) -> None:
    cases = items(1)
    wrong = [row(next(iter(cases)), "control", False, control="original")]
    for run, rows in (
        (manifest("sim/sim-a", id="wrong"), wrong),
        (manifest("sim/sim-a", id="tasks", type="task"), []),
        (manifest("sim/sim-a", id="none"), []),
    ):
        anyio.run(write_run, tmp_path / f"{run.id}.db", run, cases, rows)
    for name, said in (("wrong", "is not right"), ("tasks", "tasks of your own"), ("none", "no judged answer yet")):
        code, out, err = line.evidence("apply", f"{name}.db")
        assert (code, out) == (2, "")
        assert said in err


def test_forgetting_says_what_of(line: Line) -> None:
    assert line.evidence("forget")[0] == 2
    assert "no evidence of use" in line.evidence("forget", "--in-use")[2]


FAKE = Settings.of("fake")


@asynccontextmanager
async def two_models() -> AsyncIterator[App]:
    settings = attrs.evolve(
        fake_settings("one", "two"), routing=attrs.evolve(FAKE.routing, candidates=("one/m", "two/m"))
    )
    async with open_app(fake({name: ScriptedClient(provider=name) for name in ("one", "two")}), settings) as opened:
        yield opened.unwrap()


def a_request(**options: str) -> ChatRequest:
    return ChatRequest("", (user("heal it"),), options=CallOptions(task="heal", error="KeyError: 'a'", **options))  # type: ignore[arg-type]


async def test_what_comes_of_healing_moves_the_next_call() -> None:
    async with two_models() as app:
        response = (await settle(app.client.chat(a_request()))).unwrap()
        assert response.provider == "one"
        assert response.route is not None
        assert response.route.task == "heal:index-key"
        for _ in range(3):
            app.events.publish(HealingOutcome(kind="index-key", model="one/m", healed=False))  # type: ignore[arg-type]
        while not (await settle(app.stores.evidence.read())).unwrap() or (
            (await settle(app.stores.evidence.read())).unwrap()[0].tried < 2.9
        ):
            await app.clock.sleep(0.01)
        explained = (await settle(app.manager.explain(a_request()))).unwrap()
        assert [one.model for one in explained.ranked] == ["two/m", "one/m"]
        assert "0.0 of 3.0 in use" in explained.ranked[1].reason


async def test_outcomes_told_just_before_the_end_are_kept() -> None:
    async with two_models() as app:
        app.events.publish(HealingOutcome(kind="", model="one/m", healed=True))
        store = app.stores.evidence
    (kept,) = (await settle(store.read())).unwrap()
    assert (kept.model, kept.kind, kept.healed, kept.run) == ("one/m", "", 1.0, IN_USE)


async def test_evidence_is_void_once_the_model_answers_under_another_name() -> None:
    async with two_models() as app:
        rows = [
            Evidence(kind="index-key", model=f"{name}/m", healed=healed, tried=8, run="r", date=2e9, fingerprint=named)
            for name, healed, named in (("one", 0, "older"), ("two", 8, "m"))
        ]
        await settle(app.stores.evidence.apply("r", rows))
        first = (await settle(app.client.chat(a_request()))).unwrap()
        assert first.provider == "two"
        await settle(app.client.chat(ChatRequest("one/m", (user("hello"),))))
        explained = (await settle(app.manager.explain(a_request()))).unwrap()
        reasons = {one.model: one.reason for one in explained.ranked}
        assert "healed 8 of 8" in reasons["two/m"]
        assert reasons["one/m"].startswith("no evidence")


async def test_where_the_store_fails_routing_goes_on_and_the_bus_tells_of_it() -> None:
    async with two_models() as app:
        told = EventBus()
        keeper = EvidenceKeeper(failing(app.stores.evidence), VirtualClock(), app.stores.scoreboard, told.publish)
        with told.listen() as notices:
            assert await keeper.read() == ()
            await keeper.add(HealingOutcome(kind="", model="one/m", healed=True))
            assert [(await notices.receive()).name for _ in range(2)] == ["degraded", "degraded"]
