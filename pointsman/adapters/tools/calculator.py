"""A calculator for models: arithmetic by a parser of its own; nothing is evaluated as Python."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated, Any

from returns.result import Failure, Result, Success

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "round": lambda number, digits=None: _round(number, digits),
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_LONGEST = 500
_LARGEST_POWER = 1000.0


class _Wrong(Exception):
    """What cannot be calculated. Stays within this file."""


def calculator(expression: Annotated[str, "such as (2 + 3) * 4 / sqrt(2)"]) -> Result[str, str]:
    """Calculate: + - * / // % ** ( ) and abs, round, min, max, sqrt, log, exp, sin, cos, tan, pi, e."""
    if len(expression) > _LONGEST:
        return Failure(f"The expression is longer than {_LONGEST} characters.")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return Success(str(_value(tree.body)))
    except _Wrong as problem:
        return Failure(str(problem))
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as problem:
        return Failure(f"It cannot be calculated: {problem}.")


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*map(_value, arguments))
        case _:
            raise _Wrong(f"{ast.unparse(node)!r} is not arithmetic.")


def _round(number: Any, digits: Any) -> Any:
    """Bounded: Python works with a power of ten as large as is asked for."""
    if digits is not None and abs(digits) > _LARGEST_POWER:
        raise _Wrong("So many digits cannot be rounded to.")
    return round(number, digits)


def _power(base: Any, exponent: Any) -> Any:
    """Bounded: a small expression must not become a number that fills the memory."""
    if isinstance(base, int) and abs(exponent) * max(1.0, math.log10(abs(base) or 1)) > _LARGEST_POWER:
        raise _Wrong("The power is too large.")
    result = base**exponent
    if isinstance(result, complex):
        raise _Wrong("The result is not a real number.")
    return result
