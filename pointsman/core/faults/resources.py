"""Faults of the world outside: files that stay open, texts read in the wrong encoding."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, called_name, is_lock
from pointsman.core.faults.printing import print_node

_ENDINGS = frozenset(
    {
        "close",
        "aclose",
        "release",
        "unlink",
        "shutdown",
        "cleanup",
        "rollback",
        "terminate",
        "cancel",
        "unsubscribe",
        "disconnect",
        "flush",
        "remove",
    }
)
_WRONG_ENCODINGS = ("ascii", "latin-1", "utf-16")
_SUPPRESSING = frozenset({"suppress", "raises", "ExitStack", "AsyncExitStack", "timeout", "TaskGroup"})


def find_unclosed_context(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """What `with` would have closed is only opened."""
    match spot.node:
        case ast.With(items=[ast.withitem(context_expr=context, optional_vars=target)], body=body):
            if is_lock(context, facts) or called_name(context) in _SUPPRESSING:
                return
            held = context
            if called_name(context) not in {"open", "closing"} and target is not None:
                held = ast.Call(ast.Attribute(context, "__enter__", ast.Load()), [], [])
            if called_name(context) == "closing" and isinstance(context, ast.Call):
                held = context.args[0]
            yield spot.replace(FaultKind.RESOURCE_LEAK, "no-with", _opening(target, held), *body)
        case ast.AsyncWith(items=[ast.withitem(context_expr=context, optional_vars=target)], body=body):
            if is_lock(context, facts) or called_name(context) in _SUPPRESSING:
                return
            entered = ast.Await(ast.Call(ast.Attribute(context, "__aenter__", ast.Load()), [], []))
            yield spot.replace(FaultKind.RESOURCE_LEAK, "no-async-with", _opening(target, entered), *body)
        case _:
            pass


def _opening(target: ast.expr | None, value: ast.expr) -> ast.stmt:
    return ast.Expr(value) if target is None else ast.Assign([target], value, lineno=0)


def find_lost_ending(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """What ends the use of something is not done, or is not done when something goes wrong."""
    match spot.node:
        case ast.Try(body=body, handlers=handlers, finalbody=[_, *_] as ending) as block:
            tried = [copy_with(block, finalbody=[])] if handlers else body
            yield spot.replace(FaultKind.RESOURCE_LEAK, "no-finally", *tried, says="`finally` is gone")
            if not isinstance(body[-1], ast.Return | ast.Raise) and not handlers:
                says = "what was in `finally` is done only where nothing goes wrong"
                yield spot.replace(FaultKind.RESOURCE_LEAK, "finally-after", *body, *ending, says=says)
        case ast.Expr(value=ast.Call() as ending) | ast.Expr(value=ast.Await(value=ast.Call() as ending)):
            if called_name(ending) in _ENDINGS and isinstance(ending.func, ast.Attribute):
                yield spot.replace(FaultKind.RESOURCE_LEAK, "no-ending", ast.Pass(), says=_describe_removal(ending))
            if called_name(ending) in {"callback", "push", "push_async_callback", "register", "addCleanup"}:
                yield spot.replace(FaultKind.RESOURCE_LEAK, "no-callback", ast.Pass(), says=_describe_removal(ending))
        case ast.Call(func=ast.Attribute(attr="enter_context"), args=[context]):
            entered = ast.Call(ast.Attribute(context, "__enter__", ast.Load()), [], [])
            yield spot.replace(FaultKind.RESOURCE_LEAK, "not-on-stack", entered)
        case _:
            pass


def _describe_removal(node: ast.AST) -> str:
    return f"`{print_node(node)}` is gone"


def find_wrong_encoding(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Bytes are read or written in another encoding, or stricter, or with other line ends."""
    match spot.node:
        case ast.keyword(arg="encoding", value=ast.Constant(value=str(used))) as keyword:
            for wrong in _wrong_encodings(used):
                value = ast.Constant(wrong)
                yield spot.replace(FaultKind.ENCODING, wrong, copy_with(keyword, value=value), says=_says(used, wrong))
        case (
            ast.Call(func=ast.Attribute(attr="encode" | "decode"), args=[ast.Constant(value=str(used)), *rest]) as coded
        ):
            for wrong in _wrong_encodings(used):
                args = [ast.Constant(wrong), *rest]
                yield spot.replace(FaultKind.ENCODING, wrong, copy_with(coded, args=args))
            if rest:
                yield spot.replace(FaultKind.ENCODING, "strict", copy_with(coded, args=coded.args[:1]))
        case ast.Call(func=ast.Attribute(attr="encode" | "decode"), args=[]) as coded:
            for wrong in _WRONG_ENCODINGS:
                yield spot.replace(FaultKind.ENCODING, wrong, copy_with(coded, args=[ast.Constant(wrong)]))
        case _:
            pass
    yield from _lost_care(spot)


def _wrong_encodings(used: str) -> tuple[str, ...]:
    if used.lower() == "utf-8-sig":
        return ("utf-8", "latin-1")
    return tuple(wrong for wrong in _WRONG_ENCODINGS if wrong != used.lower())


def _says(used: str, wrong: str) -> str:
    return f"the encoding `{used}` became `{wrong}`"


def _lost_care(spot: Spot) -> Iterator[TreeEdit]:
    """What looks needless until a text is not plain."""
    match spot.node:
        case ast.Call(keywords=keywords) as coded:
            for index, keyword in enumerate(keywords):
                if keyword.arg in {"errors", "newline", "ensure_ascii"} and isinstance(keyword.value, ast.Constant):
                    rest = [*keywords[:index], *keywords[index + 1 :]]
                    yield spot.replace(FaultKind.ENCODING, f"no-{keyword.arg}", copy_with(coded, keywords=rest))
        case _:
            pass
    match spot.node:
        case (
            ast.Call(func=ast.Name(id="len"), args=[ast.Call(func=ast.Attribute(value=text, attr="encode"))]) as length
        ):
            yield spot.replace(FaultKind.ENCODING, "characters-for-bytes", copy_with(length, args=[text]))
        case ast.Call(func=ast.Attribute(attr="normalize"), args=[ast.Constant(value=str(form)), text]) as normal:
            other = ast.Constant("NFD" if form in {"NFC", "NFKC"} else "NFC")
            yield spot.replace(FaultKind.ENCODING, "other-form", copy_with(normal, args=[other, text]))
            yield spot.replace(FaultKind.ENCODING, "not-normalised", text)
        case ast.Call(func=ast.Attribute(attr="casefold") as method, args=[]) as folded:
            lower = copy_with(method, attr="lower")
            yield spot.replace(FaultKind.ENCODING, "lower-for-casefold", copy_with(folded, func=lower))
        case ast.Call(func=ast.Attribute(attr="from_bytes" | "to_bytes")) as packed:
            yield from _other_order(spot, packed)
        case _:
            pass


def _other_order(spot: Spot, packed: ast.Call) -> Iterator[TreeEdit]:
    for index, argument in enumerate(packed.args):
        if isinstance(argument, ast.Constant) and argument.value in {"big", "little"}:
            other = ast.Constant("little" if argument.value == "big" else "big")
            args = [*packed.args[:index], other, *packed.args[index + 1 :]]
            yield spot.replace(FaultKind.ENCODING, "other-byte-order", copy_with(packed, args=args))


RESOURCE_FINDERS: tuple[Finder, ...] = (find_unclosed_context, find_lost_ending, find_wrong_encoding)
