"""The manager as a user has it: a settings file, the command line, a real simulator on a socket, a real database."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    Budget,
    BudgetExceeded,
    CacheSettings,
    CallOptions,
    ChatError,
    ChatResponse,
    ModelSettings,
    Settings,
    ask,
    load_settings,
    open_app,
    settle,
)
from pointsman.adapters.simulator.listener import serve
from pointsman.core.chat.options import STRATEGIES
from pointsman.core.routing.policy import TASKS
from pointsman.layers.live import live
from pointsman.layers.simulation import simulator
from tests.managed import chat, stream
from tests.simulated import STRICT, count_calls, settings_at
from tests.test_cli import address, run

__all__ = ["address"]

FILE = """
database = "usage.db"
default_provider = "gpt"
[providers.gpt]
kind = "openai"
base_url = "{address}/v1"
api_key = "sk-simulated-1"
model = "sim"
[providers.claude]
kind = "anthropic"
base_url = "{address}"
api_key = "sk-simulated-2"
model = "sim"
[providers.home]
kind = "ollama"
base_url = "{address}"
model = "sim"
[routing]
strategy = "task"
weights = {{ gpt = 3, claude = 1, home = 1 }}
[routing.tasks]
poetry = ["claude", "gpt/sim"]
[models."gpt/sim"]
input = 0.5
output = 1.5
[models."claude/*"]
input = "3"
output = 15
"""


@pytest.fixture
def home(tmp_path: Path, address: str) -> Path:
    """A folder with a settings file of three providers, all of them simulated."""
    (tmp_path / "pointsman.toml").write_text(FILE.format(address=address))
    return tmp_path


def routed(home: Path, *arguments: str) -> tuple[str, str]:
    """Where `route --explain` says a request goes, and where `generate` then goes."""
    code, out, err = run(home, "route", "--explain", "--json", *arguments, "Which way?")
    assert code == 0, err
    explained = json.loads(out)["ranked"][0]["model"]
    code, out, err = run(home, "generate", "--json", *arguments, "Which way?")
    assert code == 0, err
    answered = json.loads(out)
    return explained, f"{answered['provider']}/{answered['model']}"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_generate_goes_where_route_explains_by_each_strategy(home: Path, strategy: str) -> None:
    explained, answered = routed(home, "--strategy", strategy)
    assert explained == answered
    expected = {"cost": "home/sim", "local_first": "home/sim", "task": "home/sim", "round_robin": "gpt/sim"}
    assert explained == expected.get(strategy, explained)


@pytest.mark.parametrize("task", [*TASKS, "poetry"])
def test_generate_goes_where_route_explains_by_each_task(home: Path, task: str) -> None:
    explained, answered = routed(home, "--task", task)
    first = {"claude": "claude/sim", "gpt": "gpt/sim", "llama": "home/sim"}
    assert explained == answered == first[{**TASKS, "poetry": ("claude",)}[task][0]]


def test_what_is_named_wins_and_the_explanation_says_so(home: Path) -> None:
    assert routed(home, "-m", "claude/sim", "--task", "general") == ("claude/sim", "claude/sim")
    assert routed(home, "--order", "claude", "--order", "gpt") == ("claude/sim", "claude/sim")
    code, out, _ = run(home, "route", "--explain", "Which way?")
    assert code == 0
    assert "1. home/sim: choice 1 for this task (llama)" in out
    assert "expected $0" in out
    code, out, _ = run(home, "route")
    assert (code, out) == (0, "home/sim\n")


def test_usage_tells_what_was_used_and_hides_what_was_said(home: Path) -> None:
    for task in ("analysis", "general"):
        assert run(home, "generate", "--no-log", "--task", task, "--tag", "mine", "A very secret question?")[0] == 0
    assert run(home, "generate", "-m", "gpt/sim-auth", "x")[0] == 4
    code, out, _ = run(home, "usage", "--json", "--by", "provider")
    assert code == 0
    rows = {row["group"]: row for row in json.loads(out)["rows"]}
    assert {name: (row["calls"], row["failed"]) for name, row in rows.items()} == {
        "claude": (1, 0),
        "home": (1, 0),
        "gpt": (1, 1),
    }
    assert rows["gpt"]["errors"] == {"AuthenticationFailed": 1}
    assert Decimal(rows["claude"]["cost_usd"]["known"]) > 0
    assert rows["home"]["cost_usd"] == {"known": "0", "complete": True}
    code, out, _ = run(home, "usage", "--by", "tag")
    assert code == 0
    assert out.startswith("mine\t2\t")
    assert b"secret question" not in (home / "usage.db").read_bytes()
    assert (home / "usage.db").stat().st_mode & 0o777 == 0o600
    code, out, err = run(home, "usage", "--since", "yesterday")
    assert code == 2
    assert "write 24h, 7d or 2026-11-01" in err
    assert run(home, "usage", "--until", "2020-01-01")[2].strip() == "Nothing has been used in that time."


def test_the_cache_is_seen_and_emptied_from_the_command_line(home: Path) -> None:
    with (home / "pointsman.toml").open("a") as file:
        file.write("[cache]\nenabled = true\n")
    first = json.loads(run(home, "generate", "--json", "-m", "gpt/sim", "Again?")[1])
    second = json.loads(run(home, "generate", "--json", "-m", "gpt/sim", "Again?")[1])
    assert (first["cached"], second["cached"]) == (False, True)
    assert (second["cost_usd"], second["saved_usd"]) == ("0", first["cost_usd"])
    assert second["text"] == first["text"]
    stats = json.loads(run(home, "cache", "stats", "--json")[1])
    assert (stats["entries"], stats["hits"], stats["enabled"]) == (1, 1, True)
    assert run(home, "cache", "clear")[1] == "1 answer(s) forgotten.\n"
    assert json.loads(run(home, "generate", "--json", "-m", "gpt/sim", "Again?")[1])["cached"] is False


@pytest.mark.long
def test_an_experiment_is_told_by_the_command_line(home: Path) -> None:
    with (home / "pointsman.toml").open("a") as file:
        file.write('[experiments.tone.variants.plain]\n[experiments.tone.variants.polite]\nsystem = "Be polite."\n')
    assert "none yet" not in run(home, "experiment")[2]
    for number in range(4):
        assert run(home, "generate", "--tenant", f"t{number}", "Hello")[0] == 0
    rows = json.loads(run(home, "experiment", "--json")[1])
    assert sum(row["calls"] for row in rows) == 4
    assert {row["experiment"] for row in rows} == {"tone"}
    assert {row["variant"] for row in rows} <= {"plain", "polite"}
    assert all(row["success"]["low"] < row["success"]["mean"] == 1.0 for row in rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[routing]\nstrategy = "fastest"', "is not one of task, cost"),
        ('[routing]\ncandidates = ["claude/sim", 3]', "candidates[1]: 3 is not a text"),
        ('[routing]\ncandidates = ["gemini/"]', "the provider of 'gemini/' is not configured"),
        ("[cache]\nttl = -1", "ttl: -1 is not at least 0"),
        ("[cache]\nenabeld = true", "did you mean enabled?"),
        ('[budgets.day]\nperiod = "day"', "it has no limit; give usd or tokens"),
        ('[budgets.day]\nusd = "much"', "'much' is not an amount of dollars from 0 to 1,000,000"),
        ("[limits.gpt]\nrpm = 3", "rpm: it is not a setting"),
        ('[models."gpt/sim"]\ninput = -1', "it is not an amount of dollars from 0 to 1,000,000"),
        ("[experiments.x]\nshare = 0.5", "it has neither variants nor shadow models"),
        ('[experiments.x.variants.a]\nmodle = "y"', "did you mean model?"),
        ("cache = 3", "it is not a table"),
        ("[limits.gpt]\nconcurrent = 0", "a limit of 0 lets nothing through"),
        ('[budgets."a|b"]\nusd = 1', "its name has a |"),
        ("[telemetry]\nenabled = 1", "1 is not true or false"),
    ],
)
def test_wrong_settings_of_the_manager_are_one_sentence_each(home: Path, text: str, said: str) -> None:
    path = home / "pointsman.toml"
    providers = path.read_text().partition("[routing]")[0]
    path.write_text(f"{text}\n{providers}" if text.startswith("cache = ") else f"{providers}{text}\n")
    code, out, err = run(home, "route")
    assert (code, out) == (3, "")
    assert said in err


def test_a_database_that_cannot_be_used_is_a_sentence(home: Path) -> None:
    (home / "other.db").write_text("this is no database")
    path = home / "pointsman.toml"
    path.write_text(path.read_text().replace("usage.db", "other.db"))
    code, _, err = run(home, "generate", "hi")
    assert code == 16
    assert "other.db: file is not a database" in err


async def test_ten_equal_requests_at_once_make_one_upstream_call() -> None:
    async with serve(simulator(pace=200, strict=STRICT)) as server:
        settings = attrs.evolve(settings_at(server.address, "openai"), cache=CacheSettings(enabled=True))
        async with open_app(live, settings) as app:
            client = app.unwrap().client
            found: list[ChatResponse | ChatError] = []

            async def one() -> None:
                found.append(await chat(client, ask("openai/sim", "The same?")))

            async with anyio.create_task_group() as group:
                for _ in range(10):
                    group.start_soon(one)
            assert len(await stream(client, ask("openai/sim", "The same?"))) > 3
        assert count_calls(server) == 1
    assert sum(isinstance(one, ChatResponse) and one.is_cached for one in found) == 9
    assert len({one.text for one in found if isinstance(one, ChatResponse)}) == 1


async def test_a_cent_stops_the_hundredth_call_and_the_sums_agree(tmp_path: Path, anyio_backend: str) -> None:
    database = tmp_path / "usage.db"
    question = attrs.evolve(ask("openai/sim", "How much is this call?", CallOptions(tenant="t")), max_tokens=400)
    async with serve(simulator(strict=STRICT)) as server:
        plain = settings_at(server.address, "openai")
        async with open_app(live, plain) as app:
            probe = await chat(app.unwrap().client, question)
        assert isinstance(probe, ChatResponse)
        assert probe.usage.input
        rate = Decimal(100) / probe.usage.input  # a ten-thousandth of a dollar for each call
        rate = rate.quantize(Decimal("1e-6"))
        settings = attrs.evolve(
            plain,
            database=str(database),
            models={"openai/sim": ModelSettings(input=rate, output=Decimal(0))},
            budgets=(Budget(name="cent", usd=Decimal("0.01"), period="total", scope="tenant"),),
        )
        found: list[ChatResponse | ChatError] = []
        async with open_app(live, settings) as app:
            client = app.unwrap().client
            limiter = anyio.CapacityLimiter(64)

            async def one() -> None:
                async with limiter:
                    found.append(await chat(client, question))

            async with anyio.create_task_group() as group:
                for _ in range(100):
                    group.start_soon(one)
            balances = unwrap_or_failure(await settle(app.unwrap().manager.balances(CallOptions(tenant="t"))))
        requests = count_calls(server)
    good = [one for one in found if isinstance(one, ChatResponse)]
    refused = [one for one in found if not isinstance(one, ChatResponse)]
    assert (len(good), len(refused), requests) == (99, 1, 100)
    assert isinstance(refused[0], BudgetExceeded)
    paid = sum((one.cost.amount for one in good), Decimal(0))
    assert refused[0].spent is not None
    assert refused[0].limit == Decimal("0.01")
    assert refused[0].spent == paid <= Decimal("0.01")
    assert isinstance(balances, tuple)
    assert balances[0][1].spent.cost.amount == paid
    code, out, _ = run(tmp_path, "usage", "--json", "--database", str(database))
    assert code == 0
    total = json.loads(out)["total"]
    assert (total["calls"], total["errors"]) == (100, {"BudgetExceeded": 1})
    assert Decimal(total["cost_usd"]["known"]) == paid


def test_the_settings_file_of_the_tests_is_read_as_it_is_meant(home: Path) -> None:
    settings = unwrap_or_failure(load_settings(config=str(home / "pointsman.toml"), environment={}))
    assert isinstance(settings, Settings)
    assert settings.routing.always
    assert settings.models["claude/*"].output == Decimal(15)
    assert settings.models["gpt/sim"].input == Decimal("0.5")
    assert settings.routing.weights == {"gpt": 3.0, "claude": 1.0, "home": 1.0}
