from calc_tokens import CalcError
from calculator import calculate


def test_values() -> None:
    assert calculate("1 + 2 * (3 - 4) / 2") == 0.0
    assert calculate("2 ^ 3 ^ 2") == 512.0
    assert calculate("-a ^ 2 + 1", {"a": 3.0}) == -8.0


def refusal(text: str) -> str:
    try:
        return str(calculate(text))
    except CalcError as error:
        return f"{error} {type(error.__cause__).__name__}"


def test_errors() -> None:
    assert refusal("1 / 0") == "the result is no number at 3 ZeroDivisionError"
    assert refusal("2 * x") == "x is unknown at 5 KeyError"
    assert refusal("(1") == ") is missing at 3 NoneType"
