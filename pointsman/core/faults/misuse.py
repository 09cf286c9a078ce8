"""Faults of calls: a method that is nearly the right one, an argument left out, two arguments swapped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, called_name

_NEAR_METHODS = {
    "append": "extend",
    "extend": "append",
    "strip": "lstrip",
    "rstrip": "strip",
    "lstrip": "rstrip",
    "split": "rsplit",
    "rsplit": "split",
    "partition": "rpartition",
    "rpartition": "partition",
    "find": "rfind",
    "rfind": "find",
    "fullmatch": "match",
    "match": "search",
    "search": "match",
    "findall": "match",
    "popleft": "pop",
    "appendleft": "append",
    "removeprefix": "lstrip",
    "removesuffix": "rstrip",
    "isdigit": "isalnum",
    "isalpha": "isalnum",
    "isidentifier": "isalpha",
    "isspace": "isalnum",
    "title": "capitalize",
    "capitalize": "title",
    "lower": "upper",
    "upper": "lower",
    "loads": "load",
    "dumps": "dump",
    "strptime": "strftime",
    "strftime": "strptime",
    "total_seconds": "seconds",
    "weekday": "isoweekday",
    "isoweekday": "weekday",
    "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
    "insort": "bisect",
    "union": "intersection",
    "intersection": "union",
    "difference": "symmetric_difference",
    "deepcopy": "copy",
    "floor": "ceil",
    "ceil": "floor",
    "heappush": "heappushpop",
    "nsmallest": "nlargest",
    "nlargest": "nsmallest",
    "writerow": "writerows",
    "splitlines": "split",
    "items": "values",
    "values": "keys",
    "group": "groups",
    "fromisoformat": "strptime",
    "from_iterable": "from_iterables",
    "most_common": "elements",
    "read": "readline",
    "readlines": "readline",
    "startswith": "endswith",
    "endswith": "startswith",
    "rjust": "ljust",
    "ljust": "rjust",
    "update": "setdefault",
    "move_to_end": "pop",
    "isoformat": "ctime",
    "astimezone": "replace",
}
_NEAR_FUNCTIONS = {
    "any": "all",
    "all": "any",
    "min": "max",
    "max": "min",
    "ceil": "floor",
    "floor": "ceil",
    "round": "int",
    "sorted": "reversed",
    "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
    "deepcopy": "copy",
    "heappop": "max",
    "isinstance": "issubclass",
    "zip": "enumerate",
    "divmod": "pow",
    "combinations": "permutations",
    "permutations": "combinations",
    "accumulate": "sum",
}
_TELLING_KEYWORDS = frozenset(
    """
    key reverse default strict start maxsplit sep tzinfo rounding last indent sort_keys separators ndigits
    daemon keepends fillvalue maxlen initial repeat func delimiter quotechar lineterminator fieldnames
    timespec flags frozen order slots kw_only exist_ok parents missing_ok signed
    """.split()  # noqa: SIM905  # one word after the other is easier to read
)
_IN_PLACE = {"sorted": "sort", "reversed": "reverse"}


def find_near_method(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A method or function that does nearly the same."""
    match spot.node:
        case ast.Call(func=ast.Attribute(attr=name) as method) as called if name in _NEAR_METHODS:
            near = _NEAR_METHODS[name]
            if near in {"split", "rsplit"} and len(called.args) + len(called.keywords) < 2:
                return  # without a limit both do the same
            if name == "total_seconds":
                yield spot.replace(FaultKind.API_MISUSE, near, copy_with(method, attr=near))
            else:
                yield spot.replace(FaultKind.API_MISUSE, near, copy_with(called, func=copy_with(method, attr=near)))
        case ast.Call(func=ast.Name(id=name)) as called if name in _NEAR_FUNCTIONS:
            near = _NEAR_FUNCTIONS[name]
            yield spot.replace(FaultKind.API_MISUSE, near, copy_with(called, func=ast.Name(near, ast.Load())))
        case _:
            pass


def find_lost_argument(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A telling argument is left out."""
    match spot.node:
        case ast.Call(keywords=keywords) as called:
            for index, keyword in enumerate(keywords):
                if keyword.arg in _TELLING_KEYWORDS:
                    rest = [*keywords[:index], *keywords[index + 1 :]]
                    yield spot.replace(FaultKind.API_MISUSE, f"no-{keyword.arg}", copy_with(called, keywords=rest))
        case _:
            pass
    match spot.node:
        case ast.Call(func=ast.Attribute(attr="get" | "split" | "rsplit" | "replace"), args=[first, *_, _]) as called:
            yield spot.replace(FaultKind.API_MISUSE, "one-argument", copy_with(called, args=called.args[:-1]))
        case ast.Call(func=ast.Attribute(attr="split" | "strip" | "rstrip" | "lstrip"), args=[_]) as called:
            yield spot.replace(FaultKind.API_MISUSE, "no-argument", copy_with(called, args=[]))
        case ast.Call(func=ast.Name(id="round" | "enumerate" | "next" | "iter"), args=[first, _]) as called:
            yield spot.replace(FaultKind.API_MISUSE, "one-argument", copy_with(called, args=[first]))
        case _:
            pass


def find_swapped_arguments(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Two arguments stand the wrong way round."""
    match spot.node:
        case ast.Call(args=[first, second], keywords=[]) as called if called_name(called) not in {
            "max",
            "min",
            "range",
        }:
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                yield spot.replace(FaultKind.API_MISUSE, "swapped", copy_with(called, args=[second, first]))
        case _:
            pass


def find_in_place_result(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """What works in place is taken for its result, or a result for a change in place; a copy is none."""
    match spot.node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Name() as source], keywords=keywords) if name in _IN_PLACE:
            in_place = ast.Attribute(source, _IN_PLACE[name], ast.Load())
            yield spot.replace(FaultKind.API_MISUSE, "in-place", ast.Call(in_place, [], keywords))
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=source, attr="sort"), args=[], keywords=keywords)):
            result = ast.Expr(ast.Call(ast.Name("sorted", ast.Load()), [source], keywords))
            yield spot.replace(FaultKind.API_MISUSE, "result-unused", result)
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(func=ast.Attribute(value=source)) as result):
            if isinstance(source, ast.Name) and source.id == target and called_name(result) != "get":
                yield spot.replace(FaultKind.API_MISUSE, "result-unused", ast.Expr(result))
        case ast.Call(func=ast.Attribute(value=source, attr="copy"), args=[], keywords=[]):
            yield spot.replace(FaultKind.API_MISUSE, "no-copy", source)
        case ast.Call(func=ast.Name(id="list" | "dict" | "set"), args=[ast.Attribute() as source], keywords=[]):
            yield spot.replace(FaultKind.API_MISUSE, "no-copy", source)
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=str(text))]) as exact:
            if text.replace(".", "", 1).isdigit() and "." in text:
                rough = ast.Constant(float(text))
                yield spot.replace(FaultKind.API_MISUSE, "from-float", copy_with(exact, args=[rough]))
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Name() | ast.Call() | ast.Attribute() as value]) as exact:
            rough_value = ast.Call(ast.Name("float", ast.Load()), [value], [])
            yield spot.replace(FaultKind.API_MISUSE, "through-float", copy_with(exact, args=[rough_value]))
        case _:
            pass


MISUSE_FINDERS: tuple[Finder, ...] = (
    find_near_method,
    find_lost_argument,
    find_swapped_arguments,
    find_in_place_result,
)
