"""The plain client has all that the async one has, by the same names; what fails is raised, typed."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import get_args

import attrs
import pytest

import pointsman
from pointsman import (
    Budget,
    CallOptions,
    ChatRequest,
    ChatResponse,
    Client,
    Manager,
    ModelUnavailable,
    StreamEvent,
    TextDelta,
    ToolCall,
    ask,
    blocking,
    fake,
    fake_settings,
    tool_of,
    user,
)
from pointsman.core import error as errors
from pointsman.core.chat.part import Text
from pointsman.core.memory import Memory, MemoryScope
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.testing import Reply, ScriptedClient
from tests.test_readme import ROOT

PAIRS: list[tuple[type, type]] = [
    (Manager, blocking.BlockingClient),
    (Client, blocking.ClientMethods),
    (Conversations, blocking.BlockingConversations),
    (MemoryStore, blocking.MemoryMethods),
]
BETWEEN_MIDDLEWARES = {"call", "open"}


def declared(kind: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """The public methods of a class, its own and those that it inherits."""
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        if not name.startswith("_") and name not in BETWEEN_MIDDLEWARES and inspect.isfunction(value):
            yield name, value


@pytest.mark.parametrize(("source", "plain"), PAIRS)
def test_every_method_is_there_with_the_same_parameters(source: type, plain: type) -> None:
    methods = dict(declared(source))
    assert methods
    for name, method in methods.items():
        mirror = getattr(plain, name, None)
        assert mirror is not None, f"{plain.__name__} lacks {name}"
        wanted, there = (list(inspect.signature(one).parameters.values()) for one in (method, mirror))
        assert [(one.name, one.kind) for one in there] == [(one.name, one.kind) for one in wanted], name
        defaults = [(one.name, one.default) for one in wanted if one.name != "approve"]
        assert [(one.name, one.default) for one in there if one.name != "approve"] == defaults, name


def test_what_is_written_by_the_tool_is_fresh() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/write_blocking.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_error_of_the_union_has_its_exception_and_they_survive_pickling() -> None:
    for kind in get_args(errors.LLMError):
        exception = getattr(blocking, kind.__name__)
        assert issubclass(exception, blocking.PointsmanError)
    error = ModelUnavailable(detail="overloaded", provider="p")
    raised = blocking.exception_of(error)
    assert type(raised) is blocking.ModelUnavailable
    assert str(raised) == str(error)
    again = pickle.loads(pickle.dumps(raised))
    assert (type(again), again.error) == (type(raised), error)


def test_a_conversation_goes_on_and_is_found_forked_and_streamed() -> None:
    with blocking.connect(fake_settings(), fake(["one", "two", "three", "four"])) as client:
        talks = client.conversations
        made = talks.create(title="Points", system="be brief")
        assert client.continue_conversation(made.id, "first").text == "one"
        assert talks.ask(made.id, ask("", "second")).text == "two"
        with talks.stream(made.id, ask("", "third")) as events:
            assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "three"
        assert [entry.message.text for entry in talks.get(made.id).entries][1::2] == ["one", "two", "three"]
        assert [one.id for one in talks.find(ConversationQuery(search="points")).conversations] == [made.id]
        other = talks.fork(made.id)
        assert talks.rename(other.id, "Signals").title == "Signals"
        talks.delete(made.id)
        with pytest.raises(blocking.ConversationNotFound, match="there is no conversation") as raised:
            talks.get(made.id)
        assert raised.value.error.tag == "ConversationNotFound"


@attrs.frozen
class Journey:
    minutes: int


def test_tools_run_are_approved_in_a_thread_and_answers_are_typed() -> None:
    asked: list[tuple[str, bool]] = []

    def approve(call: ToolCall) -> bool:
        asked.append((call.name, threading.current_thread() is threading.main_thread()))
        return True

    def minutes(station: str) -> int:
        return len(station)

    call = ChatResponse(parts=(ToolCall("1", "minutes", '{"station":"Bern"}'),))
    model = ScriptedClient([call, '{"minutes":4}', call, "refused", '{"minutes":5}', '{"minutes":6}'])
    tool = tool_of(minutes, approval="ask").unwrap()
    with blocking.connect(fake_settings(), fake({"fake": model})) as client:
        answer = client.tooled(tool, approve=approve).ask(ask("", "How long?"), Journey)
        assert answer.value == Journey(4)
        assert asked == [("minutes", False)]
        assert client.tooled(tool).chat(ask("", "How long?")).text == "refused"
        assert client.ask(ask("", "How long?"), Journey).value == Journey(5)
        with client.ask_stream(ask("", "How long?"), Journey) as parts:
            last = list(parts)[-1]
        assert isinstance(last, pointsman.TypedAnswer)
        assert last.value == Journey(6)


def test_memories_are_kept_and_told_to_the_model() -> None:
    model = ScriptedClient(["From platform 3.", "The red one."])
    with blocking.connect(fake_settings(), fake({"fake": model})) as client:
        client.memories.remember(Memory(id="1", text="the night train leaves from platform 3", created=1.0))
        assert [memory.id for memory in client.memories.all(MemoryScope())] == ["1"]
        answer = client.enhanced(memories=3).chat(ask("", "Where does the night train leave from?"))
        assert list(answer.recalled) == ["the night train leaves from platform 3"]
        assert "platform 3" in model.requests[0].messages[0].text
        client.enhanced(context={"shift": "night"}, user_context={"place": "Brig"}).chat(ask("", "Which lever?"))
        assert "- shift: night" in model.requests[1].messages[0].text
        assert "- place: Brig" in model.requests[1].messages[1].text
        assert client.memories.forget("1")


def test_budgets_models_and_health_are_told() -> None:
    settings = attrs.evolve(fake_settings("one", "two"), budgets=(Budget(name="day", usd=Decimal(1)),))
    clients = {name: ScriptedClient(provider=name) for name in ("one", "two")}
    clients["two"].error = ModelUnavailable(detail="down")
    with blocking.connect(settings, fake(clients)) as client:
        assert client.chat(ask("one/", "hi", CallOptions(tenant="ann"))).cost.usd
        ((account, balance),) = client.balances()
        assert account.budget.name == "day"
        assert balance.spent.cost.usd
        assert [ping.ok for ping in client.health()] == [True, False]
        assert [model.id for model in client.providers["one"].models()] == ["fake-model"]
        with pytest.raises(blocking.ModelUnavailable):
            client.providers["two"].models()
        client.forget_models()
        assert client.compare() == ()


def test_a_stream_that_is_left_is_closed_and_one_that_fails_raises() -> None:
    half = ChatResponse(parts=(Text("half"),))
    broken: list[StreamEvent] = [TextDelta("half", 0), pointsman.Failed(ModelUnavailable(detail="gone"), half)]
    script: list[Reply] = ["long " * 50, broken]
    with blocking.connect(fake_settings(), fake(script)) as client:
        with client.stream(ask("", "hi")) as events:
            next(events)
        with client.stream(ask("", "hi")) as events:
            assert next(events) == TextDelta("half", 0)
            with pytest.raises(blocking.ModelUnavailable, match="gone"):
                next(events)


def test_many_threads_share_one_client() -> None:
    def echo(request: ChatRequest) -> str:
        return request.messages[-1].text

    answers: dict[int, str] = {}
    with blocking.connect(fake_settings(), fake(echo)) as client:

        def one(number: int) -> None:
            request = attrs.evolve(ask("", "x"), messages=(user(str(number)),))
            answers[number] = client.chat(request).text

        threads = [threading.Thread(target=one, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: str(number) for number in range(32)}
