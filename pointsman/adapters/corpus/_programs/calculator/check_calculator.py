"""Checks of the calculator."""

from calc_tokens import CalcError, tokens
from calculator import calculate


def value(text: str, **names: float) -> object:
    try:
        return calculate(text, names)
    except CalcError as error:
        return [str(error), type(error.__cause__).__name__]


def check_order() -> object:
    return [value(text) for text in ("1+2*3", "(1+2)*3", "8-3-2", "16/4/2", "2*3%4", "1-2+3", "2*3+4*5", "7%4*2")]


def check_powers() -> object:
    return [value(text) for text in ("2^3^2", "(2^3)^2", "-2^2", "2^-1", "2*3^2", "4^0.5", "2^2*3")]


def check_negative() -> object:
    return [value(text) for text in ("-1", "--1", "3--2", "-2*-3", "-(1+2)", "2*-3+1", "-2-3")]


def check_names() -> object:
    return [value("x*y_1+X", x=2, y_1=3, X=1), value("z"), value("x+", x=1), value("-a", a=5), value("1 x", x=1)]


def check_errors() -> object:
    texts = (
        "",
        "  ",
        "1+",
        "(1",
        "1)",
        "()",
        "1 2",
        "*2",
        "1 $ 2",
        "x(1)",
        "1,2",
        "2 ** 3",
        "1..2",
        "1/0",
        "5%0",
        "0^-1",
        "9^9^9",
    )
    return [value(text) for text in texts]


def check_tokens() -> object:
    return [[tuple(token) for token in tokens(text)] for text in ("", " a1+2.5 ", "(x\n-3)", "1.5.2"[:3])]


def check_no_names() -> object:
    return [calculate("1.5 * 2"), calculate(" 7 ")]
