"""Faults of things that happen at once: what is not awaited, what is not kept apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, call, called_name, is_lock, whole_number

_WAITING = frozenset({"join", "wait", "acquire", "notify", "notify_all", "task_done", "set", "put"})


def find_missing_await(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A coroutine is made and not awaited; a context or a loop is entered as if it were not asynchronous."""
    match spot.node:
        case ast.Await(value=value):
            yield spot.replace(FaultKind.ASYNC_AWAIT, "not-awaited", value)
        case ast.AsyncWith(items=items, body=body):
            yield spot.replace(FaultKind.ASYNC_AWAIT, "plain-with", ast.With(items, body, lineno=0))
        case ast.AsyncFor(target=target, iter=source, body=body, orelse=orelse):
            plain = ast.For(target, source, body, orelse, lineno=0)
            yield spot.replace(FaultKind.ASYNC_AWAIT, "plain-for", plain)
        case ast.comprehension(is_async=1) as loop:
            plain_loop = copy_with(loop, is_async=0)
            yield spot.replace(
                FaultKind.ASYNC_AWAIT, "plain-comprehension", plain_loop, says="`async for` became `for`"
            )
        case _:
            pass


def find_lost_task(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Tasks run one after the other, are never started, or are left alone."""
    match spot.node:
        case ast.Await(
            value=ast.Call(args=[ast.Starred(value=ast.ListComp() | ast.GeneratorExp() as several)]) as all_
        ):
            if called_name(all_) == "gather":
                one_by_one = ast.ListComp(ast.Await(several.elt), several.generators)
                yield spot.replace(FaultKind.ASYNC_AWAIT, "one-by-one", one_by_one)
        case ast.Call(args=[coroutine, *_]) as started if called_name(started) in {"create_task", "ensure_future"}:
            yield spot.replace(FaultKind.ASYNC_AWAIT, "no-task", coroutine)
        case ast.Expr(value=ast.Await(value=ast.Call() as waiting)) if called_name(waiting) == "sleep":
            blocking = ast.Expr(ast.Call(_module_name("time", "sleep"), waiting.args, []))
            needed = ast.Import([ast.alias("time")])
            yield spot.replace(FaultKind.ASYNC_AWAIT, "blocking-sleep", needed, blocking)
            yield spot.replace(FaultKind.ASYNC_AWAIT, "no-pause", ast.Pass(), says="the pause is gone")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="run"), args=[main]):
            yield spot.replace(FaultKind.ASYNC_AWAIT, "not-run", main)
        case ast.Call(keywords=keywords) as gathered if called_name(gathered) == "gather" and keywords:
            yield spot.replace(FaultKind.ASYNC_AWAIT, "no-keywords", copy_with(gathered, keywords=[]))
        case _:
            pass


def _module_name(module: str, name: str) -> ast.expr:
    return ast.Attribute(ast.Name(module, ast.Load()), name, ast.Load())


def find_missing_lock(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """What one at a time may do, several do; or the last step is done when the next one is already in."""
    match spot.node:
        case (
            ast.With(items=[ast.withitem(context_expr=context)], body=body)
            | ast.AsyncWith(items=[ast.withitem(context_expr=context)], body=body)
        ) if is_lock(context, facts):
            yield spot.replace(FaultKind.CONCURRENCY, "no-lock", *body)
            assert isinstance(spot.node, ast.With | ast.AsyncWith)
            if len(body) > 1:
                late = copy_with(spot.node, body=body[:-1])
                says = "the last step stands outside the lock"
                yield spot.replace(FaultKind.CONCURRENCY, "leaves-early", late, body[-1], says=says)
                inner = copy_with(spot.node, body=body[1:])
                says = "the first step stands outside the lock"
                yield spot.replace(FaultKind.CONCURRENCY, "enters-late", body[0], inner, says=says)
            if (
                isinstance(spot.node, ast.With)
                and facts.names & {"threading", "Lock"}
                and not isinstance(context, ast.Call)
            ):
                own = call("threading.Lock" if "threading" in facts.names else "Lock")
                alone = copy_with(spot.node, items=[ast.withitem(own)])
                yield spot.replace(FaultKind.CONCURRENCY, "lock-of-its-own", alone)
        case _:
            pass


def find_wrong_turn(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """More are let in than may be; nobody waits for the others; who was woken does not look again."""
    match spot.node:
        case ast.Call(args=[limit]) as gate if called_name(gate) in {
            "Semaphore",
            "BoundedSemaphore",
            "CapacityLimiter",
        }:
            more = ast.BinOp(limit, ast.Add(), ast.Constant(1))
            value = whole_number(limit)
            wider = ast.Constant(value + 1) if value is not None else more
            yield spot.replace(FaultKind.CONCURRENCY, "one-more-inside", copy_with(gate, args=[wider]))
            yield spot.replace(FaultKind.CONCURRENCY, "one-less-inside", copy_with(gate, args=[_one_less(limit)]))
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name)) as waiting):
            if name in _WAITING and not isinstance(getattr(waiting.func, "value", None), ast.Constant):
                yield spot.replace(FaultKind.CONCURRENCY, f"no-{name}", ast.Pass())
        case ast.Expr(value=ast.Await(value=ast.Call(func=ast.Attribute(attr=name)))):
            if name in _WAITING:
                yield spot.replace(FaultKind.CONCURRENCY, f"no-{name}", ast.Pass())
        case ast.Attribute(attr="notify_all") as wake:
            yield spot.replace(FaultKind.CONCURRENCY, "wakes-one", copy_with(wake, attr="notify"))
        case ast.While(test=test, body=[ast.Expr() as wait], orelse=[]) if "wait" in ast.unparse(wait):
            yield spot.replace(FaultKind.CONCURRENCY, "looks-once", ast.If(test, [wait], []))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="threading"), attr="local"), args=[]):
            shared = call("type", ast.Constant("Shared"), ast.Tuple([], ast.Load()), ast.Dict([], []))
            yield spot.replace(FaultKind.CONCURRENCY, "not-local", ast.Call(shared, [], []))
        case _:
            pass


def _one_less(limit: ast.expr) -> ast.expr:
    value = whole_number(limit)
    return ast.Constant(1) if value is None or value <= 1 else ast.Constant(value - 1)


PARALLEL_FINDERS: tuple[Finder, ...] = (find_missing_await, find_lost_task, find_missing_lock, find_wrong_turn)
