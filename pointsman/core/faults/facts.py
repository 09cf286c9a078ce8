"""What finders of faults must know of a whole module: its names, its locks, its neighbours. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

import attrs

from pointsman.core.faults.edit import Spot, TreeEdit

LOCKS = frozenset({"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "CapacityLimiter"})
"""Classes whose objects let one in, or a few."""


@attrs.frozen(kw_only=True)
class ModuleFacts:
    """Facts of one module.

    `names` are bound somewhere in it by assignment, parameter, loop, definition or import; `locks` the names and
    attributes that hold a lock; `siblings` the modules that stand beside it, and itself.
    """

    names: frozenset[str]
    locks: frozenset[str]
    siblings: frozenset[str]


Finder: TypeAlias = Callable[[Spot, ModuleFacts], Iterator[TreeEdit]]
"""Finds the faults that can be made at one spot."""


def gather_facts(tree: ast.Module, siblings: frozenset[str] = frozenset()) -> ModuleFacts:
    """The facts of `tree`."""
    nodes = list(ast.walk(tree))
    return ModuleFacts(
        names=frozenset(name for node in nodes for name in _bound(node)),
        locks=frozenset(name for node in nodes for name in _lock_holders(node)),
        siblings=siblings,
    )


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias():
            yield (node.asname or node.name).partition(".")[0]
        case ast.ExceptHandler(name=str(name)):
            yield name
        case _:
            pass


def _lock_holders(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
            if value is not None and any(called_name(inner) in LOCKS for inner in ast.walk(value)):
                yield last_name(target)
        case _:
            pass


def last_name(node: ast.AST | None) -> str:
    """The last name of `a`, `b.a` or `b.a[key]`, and of what is called by it; empty for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner) | ast.Call(func=inner):
            return last_name(inner)
        case _:
            return ""


def called_name(node: ast.AST | None) -> str:
    """The last name of what is called; empty where nothing is."""
    return last_name(node.func) if isinstance(node, ast.Call) else ""


def is_lock(expression: ast.expr, facts: ModuleFacts) -> bool:
    """Whether `expression` stands for a lock: by what was assigned to its name, else by the name itself."""
    name = last_name(expression)
    return name in facts.locks or name in LOCKS or "lock" in name.lower()


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """`function(*arguments)`, where `function` may have dots."""
    first, *rest = function.split(".")
    called: ast.expr = ast.Name(first, ast.Load())
    for name in rest:
        called = ast.Attribute(called, name, ast.Load())
    return ast.Call(called, list(arguments), [])


def whole_number(node: ast.AST | None) -> int | None:
    """The value of a literal such as `3` or `-3`; None for anything else."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
            return -value
        case _:
            return None


def number(value: int) -> ast.expr:
    """A literal for `value`."""
    positive = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), positive) if value < 0 else positive
