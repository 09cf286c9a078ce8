"""Checks of templates."""

from template_fill import TemplateError, fill, names


def outcome(template: str, **values: object) -> object:
    try:
        return fill(template, values)
    except TemplateError as error:
        return [error.missing, error.unknown, str(error)]


def check_values() -> object:
    return [outcome("{a}{b}-{a}", a=1, b=None), outcome("", a=1), outcome("no names", a=1), outcome("{a }{}{-}", a=1)]


def check_defaults() -> object:
    return [outcome("{a:x}"), outcome("{a:}"), outcome("{a:x y}", a=""), outcome("{a|upper:x}"), outcome("{a:b:c}")]


def check_filters() -> object:
    return [outcome(f"{{a|{name}}}", a='two "words"') for name in ("upper", "title", "quote", "first")]


def check_first_of_nothing() -> object:
    return [outcome("[{a|first}]", a=text) for text in ("", "  ", " x y z", "x\ty")]


def check_braces() -> object:
    return [outcome("{{a}}", a=1), outcome("{{ {a} }}", a="{b}"), outcome("}}{{", a=1)]


def check_missing() -> object:
    return [outcome("{z} {a} {z}"), outcome("{a|b} {c|b}", a=1, c=1), outcome("{x|nope} {y|never:1}")]


def check_own_filters() -> object:
    own = {"twice": lambda text: text * 2, "upper": str.lower}
    first = fill("{a|twice} {a|upper} {a|title}", {"a": "aB"}, own)
    return [first, outcome("{a|twice} {a|upper}", a="aB"), sorted(own)]


def check_names() -> object:
    return [names(text) for text in ("", "{b}{a}{b|x}", "{a:1} {{c}}", "{a}{")]
