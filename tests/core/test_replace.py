"""A changed copy is what `attrs.evolve` makes."""

from __future__ import annotations

import attrs
import pytest

from pointsman.core.chat.message import user
from pointsman.core.chat.part import Text
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse


def test_a_copy_has_the_changes_and_all_else_and_leaves_the_value_alone() -> None:
    request = ChatRequest("p/m", (user("Which way?"),), temperature=0.5, stop=("a",))
    copied = replace(request, model="q/n", temperature=None)
    assert copied == attrs.evolve(request, model="q/n", temperature=None)
    assert hash(copied.messages) == hash(request.messages)
    assert request.model == "p/m"
    response = ChatResponse(parts=(Text("Left."),))
    assert replace(response, provider="p") == attrs.evolve(response, provider="p")


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises((AttributeError, TypeError)):
        replace(ChatResponse(), colour="red")  # type: ignore[call-arg]


def test_a_class_that_checks_its_fields_is_refused() -> None:
    @attrs.frozen
    class Checked:
        size: int = attrs.field(validator=attrs.validators.gt(0))
        other: int = 0

    with pytest.raises(TypeError, match="evolve"):
        replace(Checked(1), size=2)
