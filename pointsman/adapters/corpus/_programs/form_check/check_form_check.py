"""Checks of forms."""

from form_check import FormInvalid, validate_field, validate_form
from form_rules import NUMBER, REQUIRED, Rule, RuleError, between, like

RULES = {"name": [REQUIRED, between(2, 4)], "age": [NUMBER, between(18, 99), like(r"\d\d")], "zip": [like(r"\d{5}")]}


def outcome(form: dict[str, str], strict: bool = False) -> object:
    try:
        return validate_form(form, RULES, strict)
    except FormInvalid as error:
        return [error.errors, str(error)]


def check_good_forms() -> object:
    return [
        outcome({"name": "Ann"}),
        outcome({"name": " Bob\n", "age": " 18", "zip": "01234 ", "x": "1"}),
        outcome({"name": "ab", "age": "99"}),
    ]


def check_bad_forms() -> object:
    return [
        outcome({}),
        outcome({"name": " ", "age": "x", "zip": ""}),
        outcome({"name": "a", "age": "100", "zip": "123456"}),
    ]


def check_bounds() -> object:
    return [list(validate_field(text, [NUMBER, between(2, 4)])) for text in ("1", "2", "4", "5")]


def check_lengths() -> object:
    return [list(validate_field(text, [between(2, 3)])) for text in ("a", "ab", "abc", "abcd", "  a  ", "", None)]


def check_strict() -> object:
    return [outcome({"name": "Ann", "z": "1", "b": ""}, True), outcome({"name": "Ann"}, True), outcome({"y": ""}, True)]


def check_whole_text() -> object:
    return [list(validate_field(text, [like(r"a|ab")])) for text in ("a", "ab", "abc", "ba", "a\nb")]


def check_every_list_is_new() -> object:
    mine = ["old"]
    first = validate_field("", [REQUIRED])
    return [list(first), list(validate_field("", [REQUIRED])), list(validate_field("", [REQUIRED], mine)), mine]


def check_final_errors() -> object:
    rules = [NUMBER, between(1, 2), like("x")]
    return [list(validate_field(text, rules)) for text in ("a", "7", "1")]


def check_other_errors_come_out() -> object:
    def fail(value: object) -> object:
        raise KeyError(value)

    try:
        return list(validate_field("a", [Rule(fail)]))
    except KeyError:
        return "KeyError"


def check_causes() -> object:
    try:
        return str(NUMBER.apply("1.5"))
    except RuleError as error:
        return [error.final, type(error.__cause__).__name__, RuleError("x").final]
