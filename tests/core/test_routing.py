"""Who is asked, in which order: every strategy by table, and what holds for all of them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.message import Message, assistant, tool, user
from pointsman.core.chat.options import STRATEGIES, Strategy
from pointsman.core.chat.part import Audio, Bytes, File, FileId, Image, Opaque, Reasoning, Text, ToolCall, Url
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.models.model import Ability, ModelFacts
from pointsman.core.money.price import FREE_PRICE, Price, Rates
from pointsman.core.routing.candidate import USUAL_OUTPUT, Candidate, Needs, family_of, requirements_of
from pointsman.core.routing.model_stats import Observed
from pointsman.core.routing.policy import TASKS, missing_ability, rank
from pointsman.core.routing.strategies import expected_dollars


def price(dollars: str) -> Price:
    """So many dollars a million tokens, in and out."""
    return Price(rates=Rates(input=Decimal(dollars), output=Decimal(dollars)))


def measured(seconds: float, errors: float = 0.0) -> Observed:
    """A model whose good calls took `seconds`."""
    good = 10.0 - errors
    return Observed(calls=10.0, errors=errors, seconds=seconds * good)


def models(*candidates: Candidate) -> list[str]:
    return [candidate.model for candidate in candidates]


NEEDS = Needs(input_tokens=1000, output_tokens=500)
CLAUDE = Candidate(provider="anthropic", model="c", family="claude")
GPT = Candidate(provider="openai", model="g", family="gpt")
LLAMA = Candidate(provider="ollama", model="l", family="llama", local=True)
OTHER = Candidate(provider="elsewhere", model="o", family="other")

abilities: st.SearchStrategy[frozenset[Ability]] = st.frozensets(
    st.sampled_from(("vision", "audio", "files", "tools", "schema")), max_size=2
)
origins = st.frozensets(st.sampled_from(("anthropic", "openai", "gemini")), max_size=2)
prices = st.none() | st.sampled_from((FREE_PRICE, price("1"), price("0.5"), price("30"), Price(rates=Rates())))
observations = st.builds(measured, st.floats(0.01, 100), st.sampled_from((0.0, 3.0, 10.0))) | st.just(Observed())
facts = st.builds(
    ModelFacts,
    context_length=st.none() | st.integers(1, 4000),
    max_output=st.none() | st.integers(1, 2000),
    lacks=abilities,
    price=prices,
)
candidates_ = st.lists(
    st.builds(
        Candidate,
        provider=st.sampled_from(("anthropic", "openai", "ollama")),
        model=st.sampled_from("abcdef"),
        family=st.sampled_from(("claude", "gpt", "llama", "other")),
        local=st.booleans(),
        origins=origins,
        facts=facts,
        observed=observations,
        in_flight=st.integers(0, 5),
        cooling=st.sampled_from((0.0, 0.0, 3.0)),
        too_dear=st.sampled_from(("", "", "", "it is too dear")),
        weight=st.sampled_from((-1.0, 0.0, 0.5, 1.0, 7.0)),
    ),
    max_size=7,
)
needs_ = st.builds(
    Needs,
    abilities=abilities,
    input_tokens=st.integers(0, 3000),
    output_tokens=st.integers(1, 2000),
    reserved_output=st.integers(0, 2000),
    origins=origins,
)
strategies_ = st.sampled_from(STRATEGIES)


@given(candidates_, needs_, strategies_, st.sampled_from((*TASKS, "?")), st.integers(0, 10_000))
def test_every_candidate_is_asked_or_passed_over_exactly_once(
    candidates: list[Candidate], needs: Needs, strategy: Strategy, task: str, turn: int
) -> None:
    ranking = rank(candidates, needs, strategy, task, turn=turn)
    passed = Counter(one.model for one in ranking.explanation.passed_over)
    assert Counter(c.ref for c in ranking.order) + passed == Counter(c.ref for c in candidates)
    assert not Counter(ranking.order) - Counter(candidates)
    assert [c.ref for c in ranking.order] == [one.model for one in ranking.explanation.ranked]
    assert all(one.reason for one in (*ranking.explanation.ranked, *ranking.explanation.passed_over))
    assert (ranking.explanation.task, ranking.explanation.strategy) == (task, strategy)


@given(candidates_, needs_, strategies_, st.integers(0, 100))
def test_only_the_able_and_awake_are_asked_unless_all_the_able_cool(
    candidates: list[Candidate], needs: Needs, strategy: Strategy, turn: int
) -> None:
    able = [c for c in candidates if not missing_ability(c, needs)]
    awake = [c for c in able if c.cooling == 0]
    ranking = rank(candidates, needs, strategy, turn=turn)
    assert Counter(ranking.order) == Counter(awake or able)


@given(candidates_, needs_, strategies_, st.integers(0, 100))
def test_who_understands_the_opaque_state_stands_before_who_does_not(
    candidates: list[Candidate], needs: Needs, strategy: Strategy, turn: int
) -> None:
    loyal = [bool(c.origins & needs.origins) for c in rank(candidates, needs, strategy, turn=turn).order]
    assert loyal == sorted(loyal, reverse=True)


@given(candidates_, strategies_, st.integers(0, 100))
def test_affinity_keeps_the_order_of_the_strategy_within_both_groups(
    candidates: list[Candidate], strategy: Strategy, turn: int
) -> None:
    plain = rank(candidates, NEEDS, strategy, turn=turn).order
    bound = rank(candidates, Needs(input_tokens=1000, origins=frozenset({"openai"})), strategy, turn=turn).order
    loyal = [c for c in plain if "openai" in c.origins]
    assert list(bound) == loyal + [c for c in plain if "openai" not in c.origins]


def test_the_reason_says_that_the_conversation_stays_for_its_state() -> None:
    known = Candidate(provider="openai", model="g", origins=frozenset({"openai"}))
    needs = Needs(origins=frozenset({"openai"}))
    ranking = rank([CLAUDE, known], needs, "round_robin")
    assert models(*ranking.order) == ["g", "c"]
    assert "reasoning state" in ranking.explanation.ranked[0].reason
    assert "reasoning state" not in ranking.explanation.ranked[1].reason


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("analysis", ["c", "g", "l", "o"]),
        ("ui_generation", ["g", "c", "l", "o"]),
        ("config_management", ["l", "g", "c", "o"]),
        ("general", ["l", "g", "c", "o"]),
        ("code_repair", ["c", "g", "l", "o"]),
        ("never heard of", ["l", "g", "c", "o"]),
    ],
)
def test_each_task_has_its_order_whatever_the_order_given(task: str, expected: list[str]) -> None:
    for given_order in permutations((CLAUDE, GPT, LLAMA, OTHER)):
        assert models(*rank(given_order, NEEDS, "task", task).order) == expected


@pytest.mark.parametrize("entry", ["openai/g", "openai", "gpt", "g"])
def test_a_table_of_ones_own_names_a_reference_a_provider_a_family_or_a_model(entry: str) -> None:
    ranking = rank([CLAUDE, LLAMA, GPT], NEEDS, "task", "mine", {"mine": (entry,)})
    assert models(*ranking.order) == ["g", "c", "l"]
    assert ranking.explanation.ranked[0].reason == f"choice 1 for this task ({entry})"
    assert ranking.explanation.ranked[1].reason == "not named for this task"


def test_without_a_general_table_an_unknown_task_keeps_the_order_given() -> None:
    assert models(*rank([OTHER, CLAUDE, LLAMA], NEEDS, "task", "?", {}).order) == ["o", "c", "l"]


FAST_DEAR = Candidate(
    provider="p", model="fast", facts=ModelFacts(price=price("10")), observed=measured(1.0), in_flight=2, weight=1.0
)
SLOW_CHEAP = Candidate(
    provider="p", model="slow", facts=ModelFacts(price=price("1")), observed=measured(9.0), in_flight=0, weight=3.0
)
AT_HOME = Candidate(
    provider="p",
    model="home",
    local=True,
    facts=ModelFacts(price=FREE_PRICE),
    observed=measured(20.0),
    in_flight=1,
    weight=2.0,
)
NEW = Candidate(provider="p", model="new", in_flight=3, weight=0.0)


@pytest.mark.parametrize(
    ("strategy", "turn", "expected"),
    [
        ("cost", 0, ["home", "slow", "fast", "new"]),
        ("performance", 0, ["new", "fast", "slow", "home"]),
        ("balanced", 0, ["slow", "home", "fast", "new"]),
        ("local_first", 0, ["home", "slow", "fast", "new"]),
        ("round_robin", 0, ["new", "fast", "slow", "home"]),
        ("round_robin", 1, ["fast", "slow", "home", "new"]),
        ("round_robin", 6, ["slow", "home", "new", "fast"]),
        ("least_busy", 0, ["slow", "home", "fast", "new"]),
        ("weighted", 0, ["slow", "home", "fast", "new"]),
        ("weighted", 1, ["home", "slow", "fast", "new"]),
        ("weighted", 4, ["home", "slow", "fast", "new"]),
    ],
)
def test_each_strategy_has_its_order(strategy: Strategy, turn: int, expected: list[str]) -> None:
    assert models(*rank([NEW, FAST_DEAR, SLOW_CHEAP, AT_HOME], NEEDS, strategy, turn=turn).order) == expected


@given(candidates_)
def test_by_cost_a_price_that_is_unknown_never_stands_before_a_known_one(candidates: list[Candidate]) -> None:
    dollars = [expected_dollars(c, NEEDS) for c in rank(candidates, NEEDS, "cost").order]
    known = [amount for amount in dollars if amount is not None]
    assert dollars[: len(known)] == sorted(known)
    assert set(dollars[len(known) :]) <= {None}


@given(candidates_)
def test_local_first_puts_every_local_one_first_and_the_rest_by_cost(candidates: list[Candidate]) -> None:
    order = rank(candidates, NEEDS, "local_first").order
    local = [c.local for c in order]
    assert local == sorted(local, reverse=True)
    remote = [c for c in candidates if not c.local]
    if any(not c.cooling and not missing_ability(c, NEEDS) for c in remote):
        assert [c for c in order if not c.local] == list(rank(remote, NEEDS, "cost").order)


@given(candidates_)
def test_the_least_busy_stand_in_rising_order_of_calls_under_way(candidates: list[Candidate]) -> None:
    busy = [c.in_flight for c in rank(candidates, NEEDS, "least_busy").order]
    assert busy == sorted(busy)


@given(candidates_)
def test_by_performance_the_unmeasured_are_tried_first_and_the_rest_by_time(candidates: list[Candidate]) -> None:
    times = [c.observed.expected_seconds(500) for c in rank(candidates, NEEDS, "performance").order]
    fresh = sum(1 for seconds in times if seconds is None)
    assert set(times[:fresh]) <= {None}
    known = [seconds for seconds in times if seconds is not None]
    assert times[fresh:] == sorted(known)


def test_a_model_that_fails_half_the_time_is_slower_than_one_that_does_not() -> None:
    flaky = Candidate(provider="p", model="flaky", observed=measured(1.0, errors=5.0))
    steady = Candidate(provider="p", model="steady", observed=measured(1.5))
    broken = Candidate(provider="p", model="broken", observed=measured(1.0, errors=10.0))
    assert models(*rank([broken, flaky, steady], NEEDS, "performance").order) == ["steady", "flaky", "broken"]


def test_balanced_puts_who_fails_more_behind_who_is_as_fast_and_as_dear() -> None:
    flaky = Candidate(provider="p", model="flaky", observed=Observed(calls=10.0, errors=2.0, seconds=6.4))
    steady = Candidate(provider="p", model="steady", observed=Observed(calls=10.0, seconds=10.0))
    assert flaky.observed.expected_seconds(500) == pytest.approx(steady.observed.expected_seconds(500))
    assert models(*rank([flaky, steady], NEEDS, "balanced").order) == ["steady", "flaky"]


def test_the_expected_time_is_told_for_the_tokens_that_were_reckoned_with() -> None:
    ranking = rank([FAST_DEAR], Needs(output_tokens=120), "performance")
    assert ranking.explanation.ranked[0].reason == "about 1.00 s for 120 tokens, 0% failed"
    assert "for 120 tokens" in rank([FAST_DEAR], Needs(output_tokens=120), "balanced").explanation.ranked[0].reason


@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 1000))
def test_round_robin_gives_each_the_same_number_of_turns(count: int, rounds: int, start: int) -> None:
    candidates = [Candidate(provider="p", model=str(number)) for number in range(count)]
    turns = range(start, start + rounds * count)
    first = Counter(rank(candidates, NEEDS, "round_robin", turn=turn).order[0].model for turn in turns)
    assert set(first.values()) == {rounds}
    assert len(first) == count


@pytest.mark.parametrize("weights", [(1.0, 1.0), (9.0, 1.0), (0.7, 0.2, 0.1), (5.0, 0.0, 3.0, -2.0, 1.0), (1.0, 99.0)])
def test_weighted_gives_each_its_share_within_a_few_calls_after_any_number_of_turns(weights: tuple[float, ...]) -> None:
    candidates = [Candidate(provider="p", model=str(n), weight=weight) for n, weight in enumerate(weights)]
    total = sum(max(0.0, weight) for weight in weights)
    found: Counter[str] = Counter()
    for turn in range(1500):
        found[rank(candidates, NEEDS, "weighted", turn=turn).order[0].model] += 1
        for candidate in candidates:
            assert abs(found[candidate.model] - max(0.0, candidate.weight) / total * (turn + 1)) < 4


@given(st.integers(0, 50))
def test_without_any_weight_they_take_turns(turn: int) -> None:
    candidates = [Candidate(provider="p", model=name, weight=0.0) for name in "abc"]
    assert (
        rank(candidates, NEEDS, "weighted", turn=turn).order == rank(candidates, NEEDS, "round_robin", turn=turn).order
    )


@pytest.mark.parametrize(
    ("candidate", "needs", "reason"),
    [
        (Candidate(provider="p", model="m"), Needs(abilities=frozenset({"vision", "tools"}), input_tokens=10**9), ""),
        (
            Candidate(provider="p", model="m", facts=ModelFacts(lacks=frozenset({"vision", "audio", "tools"}))),
            Needs(abilities=frozenset({"vision", "tools"})),
            "it cannot do tools and vision",
        ),
        (
            Candidate(provider="p", model="m", facts=ModelFacts(lacks=frozenset({"vision"}))),
            Needs(abilities=frozenset({"tools"})),
            "",
        ),
        (Candidate(provider="p", model="m", facts=ModelFacts(context_length=1000)), Needs(input_tokens=1000), ""),
        (
            Candidate(provider="p", model="m", facts=ModelFacts(context_length=1000)),
            Needs(input_tokens=900, output_tokens=101, reserved_output=101),
            "about 1,001 tokens do not fit its window of 1,000",
        ),
        (Candidate(provider="p", model="m", facts=ModelFacts(max_output=100)), Needs(reserved_output=100), ""),
        (
            Candidate(provider="p", model="m", facts=ModelFacts(max_output=100)),
            Needs(reserved_output=1101),
            "it writes at most 100 tokens, and max_tokens is 1,101",
        ),
        (Candidate(provider="p", model="m", too_dear="the budget is spent"), Needs(), "the budget is spent"),
    ],
)
def test_who_cannot_do_it_is_passed_over_with_the_reason(candidate: Candidate, needs: Needs, reason: str) -> None:
    assert missing_ability(candidate, needs) == reason
    ranking = rank([candidate], needs, "round_robin")
    assert [one.reason for one in ranking.explanation.passed_over] == ([reason] if reason else [])
    assert ranking.order == (() if reason else (candidate,))


def test_who_cools_is_passed_over_with_the_seconds_left_and_asked_when_all_cool() -> None:
    cooling = Candidate(provider="p", model="cold", cooling=12.0)
    also = Candidate(provider="p", model="colder", cooling=20.0)
    ranking = rank([cooling, OTHER], NEEDS, "round_robin")
    assert models(*ranking.order) == ["o"]
    assert "12 s" in ranking.explanation.passed_over[0].reason
    alone = rank([cooling, also], NEEDS, "round_robin")
    assert models(*alone.order) == ["cold", "colder"]
    assert alone.explanation.passed_over == ()


PNG = Image(Bytes(b"png", "image/png"))
CALL = ToolCall("1", "look", "{}")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (user("hello"), set()),
        (user("what is it?", PNG), {"vision"}),
        (user(Image(Url("https://a.example/b.png"))), {"vision"}),
        (user(Audio(Bytes(b"wav", "audio/wav"))), {"audio"}),
        (user(File(FileId("f"))), {"files"}),
        (tool(CALL, "nothing to see"), set()),
        (tool(CALL, "see", PNG), {"vision"}),
        (user(PNG, File(FileId("f")), Audio(Bytes(b"", "audio/wav"))), {"vision", "files", "audio"}),
    ],
)
def test_what_a_message_holds_is_needed(message: Message, expected: set[str]) -> None:
    assert requirements_of(ChatRequest("m", (user("before"), message, user("after")))).abilities == expected


def test_tools_and_a_schema_are_needed_where_they_are_given() -> None:
    hello = (user("hello"),)
    assert requirements_of(ChatRequest("m", hello, tools=(Tool("a"),))).abilities == {"tools"}
    assert requirements_of(ChatRequest("m", hello, response_schema=ResponseSchema({}))).abilities == {"schema"}


def test_the_origins_of_opaque_state_are_found_on_every_part_that_can_carry_it() -> None:
    state = {name: Opaque(name, "signature", "xyz") for name in ("anthropic", "openai", "gemini")}
    answer = assistant(
        Reasoning("hm", state["anthropic"]), Text("so", state["gemini"]), ToolCall("1", "a", "{}", state["openai"])
    )
    assert requirements_of(ChatRequest("m", (user("go"), answer))).origins == {"anthropic", "openai", "gemini"}
    assert requirements_of(ChatRequest("m", (user("go"), assistant(Reasoning("hm"), CALL)))).origins == frozenset()


def test_the_tokens_needed_are_the_estimate_and_what_is_asked_for() -> None:
    open_ended, bounded = ChatRequest("m", (user("hello"),)), ChatRequest("m", (user("hello"),), max_tokens=77)
    assert (requirements_of(open_ended).output_tokens, requirements_of(open_ended).reserved_output) == (USUAL_OUTPUT, 0)
    assert (requirements_of(bounded).output_tokens, requirements_of(bounded).reserved_output) == (77, 77)
    assert requirements_of(bounded).input_tokens == estimate_request(bounded)


@pytest.mark.parametrize(
    ("kind", "model", "local", "family"),
    [
        ("bedrock", "anthropic.Claude-x", False, "claude"),
        ("openrouter", "openai/gpt-4o", False, "gpt"),
        ("openrouter", "openai/o3", False, "gpt"),
        ("openai", "o1-mini", False, "gpt"),
        ("azure", "my-deployment", False, "gpt"),
        ("anthropic", "next", False, "claude"),
        ("gemini", "gemma", False, "gemini"),
        ("ollama", "qwen", True, "llama"),
        ("ollama", "gpt-oss:20b", True, "llama"),
        ("groq", "meta/Llama-x", False, "llama"),
        ("mistral", "large", False, "mistral"),
        ("foo", "turbo3-xo1-y", False, "foo"),
    ],
)
def test_the_family_is_read_from_the_name_else_from_where_it_runs_else_from_its_kind(
    kind: str, model: str, local: bool, family: str
) -> None:
    usual = PROVIDERS[kind].family if kind in PROVIDERS else None
    assert family_of(usual or kind, model, local) == family


def test_a_reckoning_with_absurdly_many_tokens_does_not_raise() -> None:
    ranking = rank([FAST_DEAR, SLOW_CHEAP], Needs(input_tokens=1, output_tokens=10**40), "cost")
    assert models(*ranking.order) == ["slow", "fast"]
