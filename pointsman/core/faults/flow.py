"""Faults of the way through a function: what is not returned, what is not raised, caught or passed on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, called_name, last_name

_NEIGHBOURS = {
    "ValueError": "KeyError",
    "KeyError": "IndexError",
    "IndexError": "KeyError",
    "TypeError": "ValueError",
    "OSError": "ValueError",
    "FileNotFoundError": "PermissionError",
    "TimeoutError": "ConnectionError",
    "ConnectionError": "TimeoutError",
    "StopIteration": "IndexError",
    "ZeroDivisionError": "ValueError",
    "UnicodeDecodeError": "UnicodeEncodeError",
    "RuntimeError": "ValueError",
    "LookupError": "ValueError",
    "Exception": "ValueError",
}
"""An exception that one could take for another."""


def find_missing_return(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A value is computed and not returned."""
    match spot.node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant) or value.value is not None:
            if isinstance(value, ast.Call | ast.Await):
                yield spot.replace(FaultKind.MISSING_RETURN, "not-returned", ast.Expr(value))
            else:
                name = ast.Assign([ast.Name("result", ast.Store())], value, lineno=0)
                yield spot.replace(FaultKind.MISSING_RETURN, "only-assigned", name)
            yield spot.replace(FaultKind.MISSING_RETURN, "empty-return", ast.Return(None))
        case _:
            pass


def find_wrong_handler(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A handler catches another class, one class too few, or everything; or it swallows what it should pass on."""
    match spot.node:
        case ast.ExceptHandler() as handler:
            yield from _wrong_class(spot, handler)
            if not all(isinstance(statement, ast.Pass) for statement in handler.body):
                quiet = copy_with(handler, body=[ast.Pass()])
                yield spot.replace(FaultKind.EXCEPTION, "swallowed", quiet, says="the handler does nothing")
        case _:
            pass


def _wrong_class(spot: Spot, handler: ast.ExceptHandler) -> Iterator[TreeEdit]:
    match handler.type:
        case ast.Tuple(elts=[_, _, *_] as classes) as several:
            for index in range(len(classes)):
                fewer = copy_with(several, elts=[*classes[:index], *classes[index + 1 :]])
                yield spot.replace(FaultKind.EXCEPTION, f"class-missing-{index}", copy_with(handler, type=fewer))
        case ast.Name(id=name) | ast.Attribute(attr=name) if name != "BaseException":
            other = ast.Name(_NEIGHBOURS.get(name, "KeyError"), ast.Load())
            yield spot.replace(FaultKind.EXCEPTION, "other-class", copy_with(handler, type=other))
            if name != "Exception":
                broad = ast.Name("Exception", ast.Load())
                yield spot.replace(FaultKind.EXCEPTION, "any-class", copy_with(handler, type=broad))
        case _:
            pass


def find_wrong_raise(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Another exception is raised, one without its cause, a value in place of one, or none at all."""
    match spot.node:
        case ast.Raise(exc=ast.expr() as raised, cause=cause) as statement:
            name = last_name(raised)
            other = ast.Name("RuntimeError" if name != "RuntimeError" else "ValueError", ast.Load())
            wrong = copy_with(raised, func=other) if isinstance(raised, ast.Call) else other
            yield spot.replace(FaultKind.EXCEPTION, "other-raised", copy_with(statement, exc=wrong))
            yield spot.replace(FaultKind.EXCEPTION, "returned", ast.Return(raised))
            if cause is not None:
                yield spot.replace(FaultKind.EXCEPTION, "no-cause", copy_with(statement, cause=None))
        case ast.Raise(exc=None):
            yield spot.replace(FaultKind.EXCEPTION, "not-raised-again", ast.Pass())
        case _:
            pass


def find_lost_clause(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """`try` is gone, its `else` stands inside of it, or `suppress` lets the exception out."""
    match spot.node:
        case ast.Try(body=body, handlers=[_, *_], orelse=orelse, finalbody=finalbody) as block:
            if not finalbody:
                says = "what was in `try` stands outside"
                yield spot.replace(FaultKind.EXCEPTION, "no-try", *body, *orelse, says=says)
            if orelse:
                inside = copy_with(block, body=[*body, *orelse], orelse=[])
                yield spot.replace(FaultKind.EXCEPTION, "else-in-try", inside, says="`else` stands in `try`")
        case ast.With(items=[ast.withitem(context_expr=context)], body=body) if called_name(context) == "suppress":
            yield spot.replace(FaultKind.EXCEPTION, "not-suppressed", *body)
        case _:
            pass


FLOW_FINDERS: tuple[Finder, ...] = (find_missing_return, find_wrong_handler, find_wrong_raise, find_lost_clause)
