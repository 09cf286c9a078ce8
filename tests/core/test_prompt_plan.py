"""What goes into the instructions: never over the budget, the first ranks first, in the order of the sections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.prompts.plan import PromptPiece, Section, assemble

_sections = st.lists(
    st.builds(
        Section,
        name=st.sampled_from(["a", "b", "c"]),
        text=st.lists(st.sampled_from(["one", "two", "three four", ""]), max_size=4).map("\n".join),
        rank=st.integers(0, 3),
        cuttable=st.booleans(),
    ),
    max_size=6,
)


def words(text: str) -> int:
    return len(text.split())


def test_ranks_get_room_first_and_long_lists_lose_their_end() -> None:
    sections = [
        Section(name="system", text="you are here whatever it takes", rank=0),
        Section(name="time", text="now it is late", rank=3),
        Section(name="memories", text="Known:\n- one\n- two\n- three", rank=1, cuttable=True),
        Section(name="tools", text="", rank=1),
    ]
    text, pieces = assemble(sections, 5, words)
    assert text == "you are here whatever it takes\n\nKnown:\n- one\n- two"
    assert pieces == (
        PromptPiece(name="system", tokens=6, fate="whole"),
        PromptPiece(name="time", tokens=0, fate="left_out"),
        PromptPiece(name="memories", tokens=5, fate="cut"),
    )


@given(_sections, st.integers(0, 12))
def test_the_budget_holds_and_the_trace_tells_the_truth(sections: list[Section], budget: int) -> None:
    text, pieces = assemble(sections, budget, words)
    told = [section for section in sections if section.text.strip()]
    assert [piece.name for piece in pieces] == [section.name for section in told]
    spent = sum(piece.tokens for piece, section in zip(pieces, told, strict=True) if section.rank)
    assert spent <= budget
    assert words(text) == sum(piece.tokens for piece in pieces)
    for piece, section in zip(pieces, told, strict=True):
        if piece.fate == "whole":
            assert section.text in text
        else:
            assert section.rank
            assert piece.fate == "left_out" or section.cuttable
