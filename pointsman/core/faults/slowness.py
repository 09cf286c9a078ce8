"""Faults that give the right result with far more work: scans for look-ups, work done again, no early end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, call, called_name, last_name, whole_number
from pointsman.core.faults.printing import print_node

_MEMORIES = frozenset({"lru_cache", "cache", "cached_property"})
_LAZY = frozenset({"any", "all", "next", "islice", "takewhile"})
"""Functions that read no further than they must."""


def find_scan(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A look-up becomes a scan."""
    match spot.node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name() | ast.Attribute() as held]) as asked:
            scanned = copy_with(asked, comparators=[call("list", held)])
            yield spot.replace(FaultKind.PERFORMANCE, "scan-for-member", scanned)
        case ast.Call(func=ast.Name(id="set" | "frozenset"), args=[source]):
            yield spot.replace(FaultKind.PERFORMANCE, "list-for-set", call("list", source))
        case ast.SetComp(elt=element, generators=generators):
            yield spot.replace(FaultKind.PERFORMANCE, "list-for-set", ast.ListComp(element, generators))
        case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[key, *default], keywords=[]):
            found = _scan(held, key)
            scan = call("next", found, default[0] if default else ast.Constant(None))
            yield spot.replace(FaultKind.PERFORMANCE, "scan-for-get", scan)
        case ast.Call(func=ast.Name() | ast.Attribute(), args=[items, wanted], keywords=[]) as search:
            if called_name(search) in {"bisect_left", "bisect_right", "bisect"}:
                before = ast.Lt() if called_name(search) == "bisect_left" else ast.LtE()
                yield spot.replace(FaultKind.PERFORMANCE, "count-for-bisect", _count(items, before, wanted))
        case _:
            pass


def _scan(held: ast.expr, key: ast.expr) -> ast.expr:
    pair = ast.Tuple([ast.Name("one", ast.Store()), ast.Name("value", ast.Store())], ast.Store())
    same = ast.Compare(ast.Name("one", ast.Load()), [ast.Eq()], [key])
    items = ast.Call(ast.Attribute(held, "items", ast.Load()), [], [])
    return ast.GeneratorExp(ast.Name("value", ast.Load()), [ast.comprehension(pair, items, [same], 0)])


def _count(items: ast.expr, operator: ast.cmpop, wanted: ast.expr) -> ast.expr:
    one = ast.Name("one", ast.Store())
    before = ast.Compare(ast.Name("one", ast.Load()), [operator], [wanted])
    return call("sum", ast.GeneratorExp(ast.Constant(1), [ast.comprehension(one, items, [before], 0)]))


def find_repetition(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """What was remembered is computed again."""
    match spot.node:
        case ast.FunctionDef(decorator_list=[_, *_] as decorators) as function:
            for index, decorator in enumerate(decorators):
                name = last_name(decorator)
                if name in _MEMORIES:
                    rest = [*decorators[:index], *decorators[index + 1 :]]
                    if name == "cached_property":
                        rest.insert(index, ast.Name("property", ast.Load()))
                    says = f"`@{name}` is gone"
                    forgetful = copy_with(function, decorator_list=rest)
                    yield spot.replace(FaultKind.PERFORMANCE, "not-remembered", forgetful, says=says)
        case ast.If(test=test, body=[ast.Return(value=ast.Subscript() | ast.Name())], orelse=[]) if _is_memory(test):
            yield spot.replace(FaultKind.PERFORMANCE, "memory-unused")
        case ast.If(test=test, body=[ast.Continue()], orelse=[]) if _is_memory(test):
            yield spot.replace(FaultKind.PERFORMANCE, "visited-again")
        case ast.If(test=ast.Compare(ops=[ast.NotIn()] | [ast.Is()]), body=[*_, ast.Assign()], orelse=[]):
            assert isinstance(spot.node, ast.If)
            says = f"`if {print_node(spot.node.test)}` is gone: it is computed each time"
            yield spot.replace(FaultKind.PERFORMANCE, "made-again", *spot.node.body, says=says)
        case _:
            pass


def _is_memory(test: ast.expr) -> bool:
    match test:
        case ast.Compare(ops=[ast.In() | ast.IsNot()]):
            return True
        case _:
            return False


def find_no_early_end(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """All is computed where the first would do."""
    match spot.node:
        case ast.GeneratorExp(elt=element, generators=generators) if called_name(spot.parent) in _LAZY:
            yield spot.replace(FaultKind.PERFORMANCE, "list-for-generator", ast.ListComp(element, generators))
        case ast.Call(args=[source, count], keywords=[]) as part if called_name(part) == "islice":
            head = ast.Subscript(call("list", source), ast.Slice(upper=count), ast.Load())
            yield spot.replace(FaultKind.PERFORMANCE, "all-for-some", head)
        case ast.Break():
            yield spot.replace(FaultKind.PERFORMANCE, "no-break", ast.Pass())
        case ast.For(iter=ast.Name() | ast.Attribute() | ast.Call() as source) as loop if (
            _ends_early(loop) and called_name(source) != "range"
        ):
            says = f"`{print_node(source)}` is read to its end before the loop begins"
            eager = copy_with(loop, iter=call("list", source))
            yield spot.replace(FaultKind.PERFORMANCE, "read-ahead", eager, says=says)
        case ast.Call(func=ast.Name() | ast.Attribute(), args=[heap], keywords=[]) as first:
            if called_name(first) == "heappop":
                smallest = ast.Call(ast.Attribute(heap, "index", ast.Load()), [call("min", heap)], [])
                popped = ast.Call(ast.Attribute(heap, "pop", ast.Load()), [smallest], [])
                yield spot.replace(FaultKind.PERFORMANCE, "scan-for-heap", popped)
        case _:
            pass


def _ends_early(loop: ast.For) -> bool:
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    return any(isinstance(node, ast.Return | ast.Break | ast.Yield | ast.YieldFrom | ast.Raise) for node in inside)


def find_slow_step(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A search that halves goes one by one; work that is the same each time is done inside of a loop."""
    match spot.node:
        case ast.Assign(value=ast.BinOp(left=ast.Name(id=middle), op=ast.Add(), right=right)) as step:
            target = step.targets[0]
            if whole_number(right) == 1 and isinstance(target, ast.Name) and target.id != middle:
                slow = ast.BinOp(ast.Name(target.id, ast.Load()), ast.Add(), ast.Constant(1))
                yield spot.replace(FaultKind.PERFORMANCE, "one-by-one", copy_with(step, value=slow))
        case ast.Assign(value=ast.BinOp(left=ast.Name(id=middle), op=ast.Sub(), right=right)) as step:
            target = step.targets[0]
            if whole_number(right) == 1 and isinstance(target, ast.Name) and target.id != middle:
                slow = ast.BinOp(ast.Name(target.id, ast.Load()), ast.Sub(), ast.Constant(1))
                yield spot.replace(FaultKind.PERFORMANCE, "one-by-one", copy_with(step, value=slow))
        case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
            yield from _work_in_loop(spot, function)
        case _:
            pass


def _work_in_loop(spot: Spot, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[TreeEdit]:
    body = function.body
    for at, (before, loop) in enumerate(pairwise(body)):
        match before, loop:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() | ast.SetComp() | ast.DictComp() as work),
                ast.For() | ast.While(),
            ) if _can_move(name, work, loop, body[at + 2 :]):
                inside = copy_with(loop, body=[before, *loop.body])
                moved = copy_with(function, body=[*body[:at], inside, *body[at + 2 :]])
                says = f"`{print_node(before)}` stands in the loop"
                yield spot.replace(FaultKind.PERFORMANCE, f"work-in-loop-{at}", moved, says=says)
            case _:
                pass


def _can_move(name: str, work: ast.expr, loop: ast.For | ast.While, rest: list[ast.stmt]) -> bool:
    """Whether the work is the same in every round: nothing in the loop changes `name`, and only the loop reads it."""
    if isinstance(work, ast.Call) and not work.args and not work.keywords:
        return False
    head: ast.expr = loop.iter if isinstance(loop, ast.For) else loop.test
    readers = [head, *rest]
    if any(isinstance(node, ast.Name) and node.id == name for reader in readers for node in ast.walk(reader)):
        return False
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    return not any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in inside
    )


SLOWNESS_FINDERS: tuple[Finder, ...] = (find_scan, find_repetition, find_no_early_end, find_slow_step)
