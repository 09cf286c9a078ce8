"""Edits as data: what stands at one place of a syntax tree, or in one line, and what is to stand there instead.

Trees are never changed in place; a new one shares what is unchanged. Knows no kind of fault.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias, TypeVar

import attrs

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.printing import print_node

Step: TypeAlias = tuple[str, int]
"""A field of a node, and which of its nodes; -1 where the field holds one node."""

Place: TypeAlias = tuple[Step, ...]
"""The way from the module down to a node: the same on every Python that has the same grammar."""

_Node = TypeVar("_Node", bound=ast.AST)
_UNSEEN = frozenset({"annotation", "returns", "type_params", "type_comment", "ctx", "type_ignores"})
"""Fields that hold no behaviour: an edit of a type makes no fault that a test could notice."""


@attrs.frozen(kw_only=True)
class TreeEdit:
    """The node `before` at `place` becomes `replacement`: one node, or in a list of statements any number of them.

    `says` describes it where the first lines of before and after do not.
    """

    kind: FaultKind
    name: str
    place: Place
    before: ast.AST = attrs.field(eq=False, repr=False)
    replacement: tuple[ast.AST, ...] = attrs.field(eq=False, repr=False)
    says: str = ""

    @property
    def place_text(self) -> str:
        """The place in a form that can be written down, such as `body.0.value`."""
        return ".".join(name if index < 0 else f"{name}.{index}" for name, index in self.place)

    @property
    def description(self) -> str:
        """What it does, for a person."""
        return self.says or _describe(self.before, self.replacement)


@attrs.frozen(kw_only=True)
class LineEdit:
    """Line `line` (from 0) of the printed program becomes `text`."""

    kind: FaultKind
    name: str
    line: int
    before: str = attrs.field(repr=False)
    text: str = attrs.field(repr=False)

    @property
    def place_text(self) -> str:
        """The place in a form that can be written down, such as `line.4`."""
        return f"line.{self.line}"

    @property
    def description(self) -> str:
        """What it does, for a person."""
        return f"`{_shorten(self.before.strip())}` became `{_shorten(self.text.strip())}`"


Edit: TypeAlias = TreeEdit | LineEdit


@attrs.frozen
class Spot:
    """A node, its place, and the nodes around it, the nearest last."""

    node: ast.AST
    place: Place
    parents: tuple[ast.AST, ...]

    @property
    def parent(self) -> ast.AST:
        """The node that this one stands in."""
        return self.parents[-1]

    def replace(self, kind: FaultKind, name: str, *replacement: ast.AST, says: str = "") -> TreeEdit:
        """An edit that puts `replacement` here."""
        return TreeEdit(kind=kind, name=name, place=self.place, before=self.node, replacement=replacement, says=says)


def spots(tree: ast.Module) -> Iterator[Spot]:
    """Every node that an edit may concern, from the top down, without types and docstrings."""
    yield from _below(tree, (), ())


def _below(node: ast.AST, place: Place, parents: tuple[ast.AST, ...]) -> Iterator[Spot]:
    inner = (*parents, node)
    for field in node._fields:
        held = getattr(node, field, None)
        if field in _UNSEEN or held is None:
            continue
        for index, child in _children(held):
            if not isinstance(child, ast.AST) or (index == 0 and field == "body" and is_docstring(child)):
                continue
            step: Step = (field, index)
            yield Spot(child, (*place, step), inner)
            yield from _below(child, (*place, step), inner)


def _children(held: object) -> Iterable[tuple[int, object]]:
    return enumerate(held) if isinstance(held, list) else [(-1, held)]


def spot_at(tree: ast.Module, place: str) -> Spot | None:
    """The spot whose place is written `place`; None where the tree has none."""
    node: ast.AST = tree
    steps: list[Step] = []
    parents: list[ast.AST] = []
    words = place.split(".")
    while words:
        field = words.pop(0)
        held = getattr(node, field, None)
        index = int(words.pop(0)) if words and words[0].isdigit() else -1
        child = held[index] if isinstance(held, list) and 0 <= index < len(held) else held
        if not isinstance(child, ast.AST):
            return None
        parents.append(node)
        steps.append((field, index))
        node = child
    return Spot(node, tuple(steps), tuple(parents))


def is_docstring(node: ast.AST) -> bool:
    """Whether `node` is a statement that is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def copy_with(node: _Node, **fields: object) -> _Node:
    """A copy of `node` with other `fields`. The rest is shared."""
    held = {name: getattr(node, name, None) for name in node._fields}
    copy: _Node = ast.copy_location(type(node)(**(held | fields)), node)
    return copy


def apply_edits(tree: ast.Module, edits: Iterable[TreeEdit]) -> ast.Module:
    """`tree` with `edits`, the last in the text first, so that no place moves before its turn."""
    whole: ast.AST = tree
    for edit in sorted(edits, key=lambda one: one.place, reverse=True):
        (whole,) = _put(whole, edit.place, edit.replacement)
    assert isinstance(whole, ast.Module)
    return whole


def _put(node: ast.AST, place: Place, replacement: tuple[ast.AST, ...]) -> tuple[ast.AST, ...]:
    """What stands where `node` stood, when `replacement` is put at `place` below it."""
    if not place:
        return replacement
    (field, index), rest = place[0], place[1:]
    held = getattr(node, field)
    if index < 0:
        (one,) = _put(held, rest, replacement)
        return (copy_with(node, **{field: one}),)
    several = [*held[:index], *_put(held[index], rest, replacement), *held[index + 1 :]]
    if not several and field == "body":
        several = [ast.Pass()]
    return (copy_with(node, **{field: several}),)


def overlap(first: Edit, second: Edit) -> bool:
    """Whether the two cannot be made in one file: one stands in the other, or they are no edits of a tree."""
    if isinstance(first, LineEdit) or isinstance(second, LineEdit):
        return True
    shorter = min(len(first.place), len(second.place))
    return first.place[:shorter] == second.place[:shorter]


def _describe(node: ast.AST, replacement: tuple[ast.AST, ...]) -> str:
    before = _first_line(node)
    if not replacement:
        return f"`{before}` is gone"
    after = _first_line(replacement[0])
    return f"`{before}` became `{after}`" if after != before else f"`{before}` changed below"


def _first_line(node: ast.AST) -> str:
    return _shorten(print_node(node).partition("\n")[0])


def _shorten(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69]}…"
