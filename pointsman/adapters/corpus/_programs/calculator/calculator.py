"""A calculator: names, numbers, brackets, powers, with errors that say the place.

Topics: parsing, expressions, numbers
"""

from collections.abc import Callable, Mapping
from operator import add, mod, mul, sub, truediv

from calc_tokens import CalcError, Token, tokens

OPERATORS: dict[str, Callable[[float, float], float]] = {"+": add, "-": sub, "*": mul, "/": truediv, "%": mod, "^": pow}
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 4}
NEGATIVE = 3


class Parser:
    """Goes through the tokens once."""

    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        self.tokens = list(tokens(text))
        self.place = 0
        self.names = names

    def next(self) -> Token:
        """The next token, which is used up."""
        token = self.tokens[self.place]
        self.place += 1
        return token

    def expect(self, text: str) -> None:
        """Raises CalcError unless this comes next."""
        token = self.next()
        if token.text != text:
            raise CalcError(f"{text or 'the end'} is missing", token.start)

    def expression(self, level: int = 0) -> float:
        """The value of all that binds more strongly than the level; powers go from right to left."""
        value = self.operand()
        while (sign := self.tokens[self.place]).kind == "sign" and LEVELS.get(sign.text, 0) > level:
            self.place += 1
            other = self.expression(LEVELS[sign.text] - (sign.text == "^"))
            value = combine(sign, value, other)
        return value

    def operand(self) -> float:
        """A number, a name, or something in brackets."""
        token = self.next()
        if token.kind == "number":
            return float(token.text)
        if token.text == "-":
            return -self.expression(NEGATIVE)
        if token.text == "(":
            value = self.expression()
            self.expect(")")
            return value
        if token.kind != "name":
            raise CalcError("a value is missing", token.start)
        try:
            return self.names[token.text]
        except KeyError as error:
            raise CalcError(f"{token.text} is unknown", token.start) from error


def combine(sign: Token, left: float, right: float) -> float:
    """The value of two operands; raises CalcError for a division by zero."""
    try:
        return float(OPERATORS[sign.text](left, right))
    except ArithmeticError as error:
        raise CalcError("the result is no number", sign.start) from error


def calculate(text: str, names: Mapping[str, float] | None = None) -> float:
    """The value of the text; raises CalcError."""
    parser = Parser(text, {} if names is None else names)
    value = parser.expression()
    parser.expect("")
    return value
